import type { DeliveryAttempt, DeliveryStatus } from '@graftwatch/contract'
import type { Sent } from './outgoing.ts'

/** As the column `attempts` keeps one: at, milliseconds, status, answer, and 1 where somebody had it sent again. */
export type Attempt = readonly [string, number, number | null, string, 1?]

const keptMax = 20
const firstWaitMs = 2000
const longestWaitMs = 15 * 60_000
const retryAfterMaxMs = 60 * 60_000
const refusalsMax = 3
const giveUpMs = 6 * 3_600_000

/** The newest 20; of older ones that somebody had sent again the newest stays, since what follows is counted from it. */
export function added(attempts: readonly Attempt[], attempt: Attempt): Attempt[] {
  const all = [...attempts, attempt]
  if (all.length <= keptMax) return all
  const tail = all.slice(-keptMax)
  const resent = all.findLastIndex((each) => each[4] === 1)
  return resent < 0 || resent >= all.length - keptMax ? tail : [all[resent] as Attempt, ...tail.slice(1)]
}

/** Grows from 2 s to 15 minutes, half of it by chance, so that what failed together does not come back together. */
export function waitAfter(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 16))
  return Math.round(longest * (0.5 + random() / 2))
}

export type Verdict = { status: Exclude<DeliveryStatus, 'waiting'> } | { status: 'waiting'; waitMs: number }

/**
 * What becomes of a delivery after the newest of its attempts. Tried again for 6 hours after it was made or sent again; given up sooner
 * when the receiver has refused it three times running. Retry-After is kept to, up to an hour.
 */
export function verdictOf(
  sent: Sent,
  { attempts, createdAt }: { attempts: readonly Attempt[]; createdAt: Date },
  now: Date,
  random?: () => number,
): Verdict {
  if (sent.isDelivered) return { status: 'delivered' }
  const resent = attempts.findLastIndex((each) => each[4] === 1)
  const tries = attempts.slice(resent + 1)
  const others = tries.findLastIndex(([, , status]) => status !== sent.status)
  const begin = resent < 0 ? createdAt.getTime() : Date.parse(attempts[resent]?.[0] ?? '')
  const isRefused = sent.isRefused && tries.length - 1 - others >= refusalsMax
  if (isRefused || now.getTime() - begin >= giveUpMs) return { status: 'dead' }
  const asked = Math.min((sent.retryAfterSeconds ?? 0) * 1000, retryAfterMaxMs)
  return { status: 'waiting', waitMs: Math.max(waitAfter(Math.max(1, tries.length), random), asked) }
}

export const attemptOf = ([at, milliseconds, status, answer]: Attempt): DeliveryAttempt => ({
  at,
  milliseconds,
  status,
  answer,
})
