import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getRule, getViewer, settled } from '../../../../../api/read.ts'
import { Breadcrumb } from '../../../../../components/breadcrumb.tsx'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../../components/retry-button.tsx'
import { writableRule } from '../../../../../words/rule-form.ts'
import { ruleWhen } from '../../../../../words/rules.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import type { PageProps } from '../../../../page-props.ts'
import { RemoveRule } from '../_parts/remove-rule.tsx'
import { RuleForm } from '../_parts/rule-form.tsx'

type RulePageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: RulePageProps): Promise<Metadata> {
  const rule = await settled(getRule((await params).id))
  return { title: rule instanceof ApiProblem ? 'Rule' : `${visibleText(rule.name)} · Rules` }
}

/** One rule, to read or to change; with what it would have done over the last days. */
export default async function RulePage({ params }: RulePageProps) {
  const [rule, viewer] = await Promise.all([settled(getRule((await params).id)), settled(getViewer())])
  if (rule instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (rule.problem.status === 404 || rule.problem.status === 400) notFound()
    return (
      <>
        <h1 className="sr-only">Rule</h1>
        <ProblemPanel problem={rule.problem} action={<RetryButton />} />
      </>
    )
  }
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('rules:write')
  return (
    <ClockProvider now={new Date().toISOString()}>
      <Breadcrumb href="/alerts/rules" list="Rules" here={visibleText(rule.name)} />
      <div className="mb-5 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h1 className="text-20 wrap-anywhere">{visibleText(rule.name)}</h1>
          <p className="mt-1 max-w-[72ch] text-muted wrap-anywhere">
            {rule.enabled ? 'Alerts when ' : 'Off. It would alert when '}
            {ruleWhen(rule)}.{rule.builtin && ' It came with Graftwatch: it can be changed and switched off.'}
          </p>
        </div>
        {mayWrite && !rule.builtin && <RemoveRule rule={rule} />}
      </div>
      <RuleForm id={rule.id} rule={writableRule(rule)} mayWrite={mayWrite} />
    </ClockProvider>
  )
}
