import type { RunningTransition } from '../api/types.ts'

/** A transition progresses while its last new low is not older than this. */
export const progressingSeconds = 15
/** The tail has no rate: the last tasks wait for something, not for their turn. */
const fewest = 10
/** The rate is that of the last minute. */
const rateSeconds = 60

/**
 * Seconds until no task remains if it goes on as in the last minute. Null when that would be a guess: under 10 remaining, 15 s without
 * progress, or too few readings.
 */
export function timeLeft(
  { remaining, progressAt, samples }: Pick<RunningTransition, 'remaining' | 'progressAt' | 'samples'>,
  now: number,
): number | null {
  if (remaining === null || remaining < fewest) return null
  if (now - Date.parse(progressAt) >= progressingSeconds * 1000) return null
  const begin = samples.find(
    (sample) => sample.remaining !== null && Date.parse(sample.at) >= now - rateSeconds * 1000,
  )
  if (begin === undefined || begin.remaining === null) return null
  const seconds = (now - Date.parse(begin.at)) / 1000
  const done = begin.remaining - remaining
  return seconds < 1 || done < 1 ? null : (remaining / done) * seconds
}
