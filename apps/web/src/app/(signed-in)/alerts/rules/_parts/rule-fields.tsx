import { type AlertCondition, alertConditions, alertSeverities } from '@graftwatch/contract/alert-vocabulary'
import { useState } from 'react'
import type { Refusal } from '../../../../../api/refusal.ts'
import type { WriteRule } from '../../../../../api/types.ts'
import { Check } from '../../../../../components/check.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../components/select-field.tsx'
import { TextField } from '../../../../../components/text-field.tsx'
import { conditionWords, severityWords } from '../../../../../words/alerts.ts'
import { spanText } from '../../../../../words/span.ts'

const conditions = alertConditions.map(
  (each) => [each, `${conditionWords[each].word}: ${conditionWords[each].when}`] as const,
)
const severities = alertSeverities.map(
  (each) => [each, `${severityWords[each].word}: ${severityWords[each].means}`] as const,
)
/** docs/alerting.md has all of them. */
const templateHint =
  'A Liquid template: {{ }} takes hosts_text, host, cause, patch, oldest, remaining, total, detail and others; the dry run shows it filled in.'
const asCode = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const

/** words/rule-form.ts reads them. */
export function RuleFields({ rule, refusal }: { rule: WriteRule; refusal: Refusal }) {
  const [condition, setCondition] = useState<AlertCondition>(rule.condition)
  return (
    <>
      <FormField
        {...asCode}
        name="name"
        label="Name"
        defaultValue={rule.name}
        maxLength={63}
        hint="Letters, digits, _ and -. Receivers know its alerts by it."
        error={refusal.name}
      />
      <SelectField
        name="condition"
        label="Alert when"
        options={conditions}
        value={condition}
        onChange={(event) =>
          setCondition(alertConditions.find((each) => each === event.target.value) ?? condition)
        }
      />
      <FormField
        {...asCode}
        name="selector"
        label="On hosts"
        placeholder="env=prod,tier in (critical, high)"
        defaultValue={rule.selector}
        maxLength={2000}
        hint="A label selector as in Kubernetes. Empty: every host."
        error={refusal.selector}
      />
      {condition === 'stuck' && (
        <Check name="changesModules" checked={rule.changesModules}>
          Only where the patch changes modules, which can be left half-registered
        </Check>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <FormField
          {...asCode}
          name="forSeconds"
          label="Held for"
          defaultValue={spanText(rule.forSeconds)}
          hint={condition === 'stuck' ? 'Since its last progress, such as 15m.' : 'Such as 15m, 1h30m or 0.'}
          error={refusal.forSeconds}
        />
        {condition === 'stuck' && (
          <FormField
            {...asCode}
            name="forWithoutSignalsSeconds"
            label="Where the kernel wakes nobody"
            defaultValue={
              rule.forWithoutSignalsSeconds === null ? '' : spanText(rule.forWithoutSignalsSeconds)
            }
            hint="Kernels that do not nudge sleepers need longer. Empty: as beside."
            error={refusal.forWithoutSignalsSeconds}
          />
        )}
        <FormField
          {...asCode}
          name="keepFiringSeconds"
          label="Ends after"
          defaultValue={spanText(rule.keepFiringSeconds)}
          hint="Gone everywhere for so long, it is resolved."
          error={refusal.keepFiringSeconds}
        />
        <FormField
          {...asCode}
          name="groupBy"
          label="One alert for each"
          placeholder="team, env"
          defaultValue={rule.groupBy.join(', ')}
          hint="Label keys, at most 4. Hosts with one cause and the same values are one alert."
          error={refusal.groupBy}
        />
        <div className="last:odd:sm:col-span-2">
          <SelectField name="severity" label="Severity" options={severities} defaultValue={rule.severity} />
        </div>
      </div>
      <TextField
        name="summary"
        label="Summary"
        rows={3}
        defaultValue={rule.summary}
        maxLength={500}
        spellCheck={false}
        className="mono text-13"
        hint={`What a page begins with. ${templateHint}`}
        error={refusal.summary}
      />
      <TextField
        name="description"
        label="Description"
        rows={5}
        defaultValue={rule.description}
        maxLength={4000}
        spellCheck={false}
        className="mono text-13"
        hint="Optional. More for whoever looks at it, also a template."
        error={refusal.description}
      />
      <FormField
        {...asCode}
        name="runbookUrl"
        type="url"
        label="Runbook"
        placeholder="https://wiki.example.com/livepatch-stuck"
        defaultValue={rule.runbookUrl ?? ''}
        maxLength={500}
        hint="Optional. Goes out with each message."
        error={refusal.runbookUrl}
      />
      <Check name="enabled" checked={rule.enabled}>
        On: it is watched
      </Check>
    </>
  )
}
