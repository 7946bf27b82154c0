import { ProblemError } from '../http/problem.ts'

/** At one report a second, 136 years. */
const jumpMax = 2 ** 32
/** Above this a host was led astray: the next enrollment begins its sequence anew. */
export const saneSequence = 2 ** 48

/**
 * One number near the end of the range would make every later report of this host a late one. `last` is 0 before its first word,
 * which may come from an agent that reported elsewhere before.
 */
export function requireSaneSequence(sequence: number, last: number): void {
  const max = last === 0 ? saneSequence : last + jumpMax
  if (sequence <= max) return
  throw new ProblemError('INVALID_INPUT', {
    detail: `body/sequence: ${sequence} is too far above ${last}, the last one of this host.`,
    remedy:
      'Go on at lastSequence + 1. If the agent kept this number itself, remove its state directory and enroll it again.',
    fields: [{ field: '/sequence', message: `must be at most ${max}` }],
  })
}
