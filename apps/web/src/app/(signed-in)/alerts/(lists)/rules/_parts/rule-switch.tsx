'use client'

import type { Rule } from '../../../../../../api/types.ts'
import { write } from '../../../../../../api/write.ts'
import { WriteButton } from '../../../../../../components/write-button.tsx'
import { writableRule } from '../../../../../../words/rule-form.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'

/** Switches a rule on or off and leaves the rest of it as it is. */
export const RuleSwitch = ({ rule }: { rule: Rule }) => (
  <WriteButton
    act={() => write('PUT', `/v1/rules/${rule.id}`, { ...writableRule(rule), enabled: !rule.enabled })}
    role="switch"
    aria-checked={rule.enabled}
    aria-label={`Watch ${visibleText(rule.name)}`}
    problemClass="mt-1 text-left"
  >
    <span
      aria-hidden="true"
      className={`size-2 rounded-full border border-current ${rule.enabled ? 'bg-ink' : ''}`}
    />
    {rule.enabled ? 'On' : 'Off'}
  </WriteButton>
)
