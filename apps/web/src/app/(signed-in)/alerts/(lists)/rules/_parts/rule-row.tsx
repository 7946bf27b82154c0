import Link from 'next/link'
import type { Rule } from '../../../../../../api/types.ts'
import { Ago } from '../../../../../../components/clock.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../../components/record-table.tsx'
import { severityWords } from '../../../../../../words/alerts.ts'
import { number } from '../../../../../../words/numbers.ts'
import { ruleWhen } from '../../../../../../words/rules.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'
import { RuleSwitch } from './rule-switch.tsx'

export function RuleRow({ rule, mayWrite }: { rule: Rule; mayWrite: boolean }) {
  return (
    <RecordRow ended={!rule.enabled}>
      <RecordHead>
        <Link
          href={`/alerts/rules/${rule.id}`}
          prefetch={false}
          className="-my-[3px] inline-flex min-h-6 items-center font-medium hover:underline"
        >
          {visibleText(rule.name)}
        </Link>
        {rule.updatedBy !== null && (
          <span className="block text-12 text-muted">
            {visibleText(rule.updatedBy)}, <Ago at={rule.updatedAt} focusable />
          </span>
        )}
      </RecordHead>
      <RecordCell>
        <span className="first-letter:uppercase">{ruleWhen(rule)}</span>
        {rule.groupBy.length > 0 && (
          <span className="text-muted"> · one alert for each {rule.groupBy.join(', ')}</span>
        )}
      </RecordCell>
      <RecordCell word="Severity" beside>
        <span title={severityWords[rule.severity].means}>{severityWords[rule.severity].word}</span>
      </RecordCell>
      <RecordCell word="Firing" beside>
        <span className={`mono ${rule.firing === 0 ? 'text-muted' : 'font-semibold'}`}>
          {number(rule.firing)}
        </span>
      </RecordCell>
      <RecordCell right beside>
        {mayWrite ? <RuleSwitch rule={rule} /> : rule.enabled ? 'on' : 'off'}
      </RecordCell>
    </RecordRow>
  )
}
