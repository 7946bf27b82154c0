import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getSessions, settled } from '../../../../../api/read.ts'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { SessionsTable } from '../../../../../components/sessions-table.tsx'
import type { PageProps } from '../../../../page-props.ts'
import { SectionRefused } from '../../_parts/section-refused.tsx'

export const metadata: Metadata = { title: 'Sessions · People · Settings' }

/** Where somebody is signed in. */
export default async function UserSessionsPage({ params }: PageProps<{ id: string }>) {
  const { id } = await params
  const sessions = await settled(
    getSessions(new URLSearchParams({ user: decodeURIComponent(id) }).toString()),
  )
  if (sessions instanceof ApiProblem) return <SectionRefused problem={sessions.problem} />
  const now = new Date()
  return (
    <ClockProvider now={now.toISOString()}>
      <p className="mb-4">
        <Link href="/settings/users" prefetch={false} className="textlink inline-flex min-h-6 items-center">
          All people
        </Link>
      </p>
      <SessionsTable sessions={sessions} whose="Their sessions" now={now.getTime()} />
    </ClockProvider>
  )
}
