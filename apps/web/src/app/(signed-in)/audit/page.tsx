import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getAudit, getUsers, settled } from '../../../api/read.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import type { PageProps } from '../../page-props.ts'
import { AuditFilter } from './_parts/audit-filter.tsx'
import { AuditList } from './_parts/audit-list.tsx'
import { AuditSentence } from './_parts/audit-sentence.tsx'
import { auditQuery, readAuditView } from './search-params.ts'

export const metadata: Metadata = { title: 'Audit' }

/** Who did what, when and from where. */
export default async function AuditPage({ searchParams }: PageProps) {
  const view = readAuditView(await searchParams)
  const [page, users] = await Promise.all([
    settled(getAudit(auditQuery(view).toString())),
    settled(getUsers('limit=200')),
  ])
  const people = users instanceof ApiProblem ? [] : users.items
  const names = new Map(people.map(({ id, name }) => [id, name]))
  return (
    <>
      <h1 className="text-16">Audit</h1>
      {page instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel
            problem={page.problem}
            action={page.problem.status === 403 ? undefined : <RetryButton />}
          />
        </div>
      ) : (
        <ClockProvider now={new Date().toISOString()}>
          <AuditSentence view={view} page={page} />
          <section aria-labelledby="log" className="panel">
            <div className="panel-head flex-wrap">
              <h2 id="log" className="sr-only">
                Entries
              </h2>
              <AuditFilter view={view} page={page} names={names} />
            </div>
            <AuditList view={view} page={page} names={names} />
          </section>
        </ClockProvider>
      )}
    </>
  )
}
