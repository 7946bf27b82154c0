import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { ApiProblem } from '../../../api/problem.ts'
import { getViewer, settled } from '../../../api/read.ts'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { sections } from './_parts/sections.ts'

export const metadata: Metadata = { title: 'Settings' }

/** Leads to the first part that this role may see. */
export default async function SettingsPage() {
  const viewer = await settled(getViewer())
  if (viewer instanceof ApiProblem) {
    return (
      <div className="mt-4">
        <ProblemPanel problem={viewer.problem} action={<RetryButton />} />
      </div>
    )
  }
  const section = sections.find(({ permission }) => viewer.permissions.includes(permission))
  if (section !== undefined) redirect(section.href)
  return (
    <section aria-labelledby="refused" className="panel mt-4 max-w-[72ch] p-6">
      <h2 id="refused" className="text-16">
        Nothing here for your role
      </h2>
      <p className="mt-2 text-muted">
        People, API keys and tokens are for admins and operators; yours is the role {viewer.role}. Your own
        password and sessions are under{' '}
        <Link href="/account" prefetch={false} className="textlink">
          Your account
        </Link>
        .
      </p>
    </section>
  )
}
