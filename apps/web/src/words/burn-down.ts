import type { AttemptDetail } from '../api/types.ts'
import { type BurnDownShape, stallSeconds } from '../components/burn-down-shape.ts'
import { preciseDuration } from './duration.ts'
import { counted, number } from './numbers.ts'
import { outcomeWords } from './outcomes.ts'

/** What a burn-down shows, in a sentence or two, for those who do not see it. */
export function burnDownSentence(shape: BurnDownShape, outcome: AttemptDetail['attempt']['outcome']): string {
  const { first, low, lowSecond, seconds } = shape
  if (first === null || low === null) return 'How many tasks remained could not be read.'
  if (outcome === 'completed') {
    return `Completed after ${preciseDuration(seconds)}: no task remained of ${number(shape.most)}.${pauses(shape)}`
  }
  const fall =
    low === first
      ? `${counted(first, 'task')} remained at the first reading`
      : `Remaining tasks fell from ${number(first)} to ${number(low)} within ${preciseDuration(lowSecond)}`
  const quiet = seconds - lowSecond
  const since = quiet > stallSeconds ? `, and no new low came in the ${preciseDuration(quiet)} after` : ''
  if (outcome === null) return `${fall}${since}.`
  return `${fall}${since}. The attempt was ${outcomeWords[outcome]} after ${preciseDuration(seconds)}.`
}

function pauses({ stalls }: BurnDownShape): string {
  const longest = Math.max(0, ...stalls.map(({ from, to }) => to - from))
  if (longest === 0) return ''
  return stalls.length === 1
    ? ` It stood still once, for ${preciseDuration(longest)}.`
    : ` It stood still ${number(stalls.length)} times, for ${preciseDuration(longest)} at most.`
}

/** How long the same patch took on other hosts; null where there are too few to say. */
export function elsewhereSentence({ elsewhere }: Pick<AttemptDetail, 'elsewhere'>): string | null {
  if (elsewhere === null) return null
  return `On other hosts it completed after a median of ${preciseDuration(elsewhere.medianSeconds)}, 95 of 100 within ${preciseDuration(elsewhere.p95Seconds)} (n = ${number(elsewhere.completed)}).`
}
