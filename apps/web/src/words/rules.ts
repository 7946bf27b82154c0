import type { Rule } from '../api/types.ts'
import { conditionWords } from './alerts.ts'
import { duration } from './duration.ts'
import { visibleText } from './visible-text.ts'

/** `a transition makes no progress for 15 min, on env=prod`: what a rule waits for, without a full stop. */
export function ruleWhen({
  condition,
  forSeconds,
  forWithoutSignalsSeconds,
  changesModules,
  selector,
}: Pick<
  Rule,
  'condition' | 'forSeconds' | 'forWithoutSignalsSeconds' | 'changesModules' | 'selector'
>): string {
  const held = forSeconds === 0 ? '' : `, for ${duration(forSeconds)}`
  const slow =
    forWithoutSignalsSeconds === null
      ? ''
      : ` (${duration(forWithoutSignalsSeconds)} where the kernel wakes nobody)`
  const when = changesModules
    ? 'a transition of a patch that changes modules makes no progress'
    : conditionWords[condition].when
  return `${when}${held}${slow}${selector === '' ? '' : `, on ${visibleText(selector)}`}`
}
