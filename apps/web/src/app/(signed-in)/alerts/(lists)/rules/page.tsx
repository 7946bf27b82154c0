import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getRules, getViewer, settled } from '../../../../../api/read.ts'
import type { Rule } from '../../../../../api/types.ts'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { RecordTable } from '../../../../../components/record-table.tsx'
import { RetryButton } from '../../../../../components/retry-button.tsx'
import { counted } from '../../../../../words/numbers.ts'
import { RuleRow } from './_parts/rule-row.tsx'

export const metadata: Metadata = { title: 'Rules · Alerts' }

/** What is watched, for how long it must hold, and how loud it then is. */
export default async function RulesPage() {
  const [page, viewer] = await Promise.all([settled(getRules()), settled(getViewer())])
  if (page instanceof ApiProblem) return <ProblemPanel problem={page.problem} action={<RetryButton />} />
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('rules:write')
  return (
    <ClockProvider now={page.now}>
      <LiveRefresh everyMs={5000} />
      <p className="mb-5 max-w-[72ch] text-20">{rulesSentence(page.items)}</p>
      <section aria-labelledby="rules" className="panel">
        <div className="panel-head">
          <h2 id="rules" className="text-14">
            Rules
          </h2>
          {mayWrite && (
            <Link href="/alerts/rules/new" prefetch={false} className="button" data-kind="primary">
              Make rule
            </Link>
          )}
        </div>
        {page.items.length === 0 ? (
          <p className="p-4 text-muted">There is no rule, so nothing is watched and nothing can fire.</p>
        ) : (
          <RecordTable
            caption="Rules, loudest first"
            columns={[
              { word: 'Rule', width: 'w-[22%]' },
              { word: 'Alerts when' },
              { word: 'Severity', width: 'w-24' },
              { word: 'Firing', width: 'w-24' },
              { word: 'Acts', width: 'w-44', acts: true },
            ]}
          >
            {page.items.map((rule) => (
              <RuleRow key={rule.id} rule={rule} mayWrite={mayWrite} />
            ))}
          </RecordTable>
        )}
      </section>
    </ClockProvider>
  )
}

function rulesSentence(rules: readonly Rule[]): string {
  const on = rules.filter(({ enabled }) => enabled)
  const off = rules.length - on.length
  const pages = on.filter(({ severity }) => severity === 'page').length
  const rest = off === 0 ? '' : ` ${off} ${off === 1 ? 'is' : 'are'} off.`
  if (on.length === 0) return rules.length === 0 ? 'Nothing is watched.' : `No rule is on.${rest}`
  const up = pages === 0 ? 'none gets' : `${pages} ${pages === 1 ? 'gets' : 'get'}`
  return `${counted(on.length, 'rule')} ${on.length === 1 ? 'watches' : 'watch'} the fleet; ${up} somebody up.${rest}`
}
