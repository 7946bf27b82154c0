import type { Attempt } from '../api/types.ts'
import { preciseDuration } from './duration.ts'
import { heldBy } from './host-status.ts'
import { counted, number } from './numbers.ts'
import { outcomeWords } from './outcomes.ts'

/** How an attempt went: its outcome, how far it came, and what held it when it did not complete. */
export function attemptSentence(attempt: Attempt): string {
  const { outcome, endedAt, total, lowWater } = attempt
  const [first] = attempt.blockers
  const held = first === undefined ? null : heldBy(first)
  if (outcome === null) {
    const left =
      attempt.remaining === null || total === null
        ? 'It is running'
        : `It is running: ${number(attempt.remaining)} of ${counted(total, 'task')} ${attempt.remaining === 1 ? 'remains' : 'remain'}`
    return held === null ? `${left}; no task is named.` : `${left}, held by ${held}.`
  }
  const span =
    endedAt === null
      ? ''
      : ` after ${attempt.startedBefore ? 'at least ' : ''}${preciseDuration((Date.parse(endedAt) - Date.parse(attempt.startedAt)) / 1000)}`
  const ended = `${capital(outcomeWords[outcome])}${span}`
  if (outcome === 'completed')
    return total === null ? `${ended}.` : `${ended}: ${counted(total, 'task')} migrated.`
  const best =
    lowWater === null || total === null
      ? ''
      : `; at best ${number(lowWater)} of ${counted(total, 'task')} remained`
  return `${ended}${best}${held === null ? '' : `, last held by ${held}`}.`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
