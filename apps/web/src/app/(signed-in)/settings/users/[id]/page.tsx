import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getSessions, getUsers, settled } from '../../../../../api/read.ts'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { SessionsTable } from '../../../../../components/sessions-table.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'
import type { PageProps } from '../../../../page-props.ts'
import { SectionRefused } from '../../_parts/section-refused.tsx'

export const metadata: Metadata = { title: 'Sessions · People · Settings' }

/** Where somebody is signed in. */
export default async function UserSessionsPage({ params }: PageProps<{ id: string }>) {
  const { id } = await params
  const [sessions, users] = await Promise.all([
    settled(getSessions(new URLSearchParams({ user: id }).toString())),
    settled(getUsers('limit=200')),
  ])
  if (sessions instanceof ApiProblem) return <SectionRefused problem={sessions.problem} />
  const known = users instanceof ApiProblem ? undefined : users.items.find((user) => user.id === id)
  const whose = known === undefined ? 'Their sessions' : `Sessions of ${visibleText(known.name)}`
  const now = new Date()
  return (
    <ClockProvider now={now.toISOString()}>
      <p className="mb-4">
        <Link href="/settings/users" prefetch={false} className="textlink inline-flex min-h-6 items-center">
          All people
        </Link>
      </p>
      <SessionsTable sessions={sessions} whose={whose} now={now.getTime()} />
    </ClockProvider>
  )
}
