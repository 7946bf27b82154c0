import type pg from 'pg'
import { judgeLeftOut, judgeRareBuilds } from '../alerting/judge-again.ts'
import { expireHosts, freeSharedKernels } from './membership.ts'
import { forgetAlerts, forgetSessions, forgetTries, keepHistory, type Retention } from './retention.ts'
import { sweepBatch, sweepSilence, wakeForgotten } from './silence.ts'

const everyMs = 10_000
const rarelyMs = 600_000

/**
 * Sweeps at once and every 10 s, and again while a full batch fell silent; what grows slowly is looked after every 10 minutes. Makes the
 * months of history that are missing before it resolves. Returns the stop.
 */
export async function startSweeping(
  pool: pg.Pool,
  retention: Retention,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let stopped = false
  let rarelyAt = Date.now() + rarelyMs
  const rarely = async () => {
    await keepHistory(pool, retention)
    await forgetAlerts(pool, retention)
    await judgeRareBuilds(pool)
    await judgeLeftOut(pool)
    await forgetTries(pool)
    await forgetSessions(pool)
  }
  const sweep = async () => {
    await wakeForgotten(pool)
    while (!stopped && (await sweepSilence(pool)) === sweepBatch);
    await expireHosts(pool)
    await freeSharedKernels(pool)
    if (Date.now() < rarelyAt) return
    rarelyAt = Date.now() + rarelyMs
    await rarely()
  }
  // Whoever speaks from now on is heard; without a word of that, hosts that speak in the first seconds would count as before the gap.
  await sweepSilence(pool)
  await rarely()
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(sweep).catch(onError)
  }, everyMs)
  return async () => {
    stopped = true
    clearInterval(timer)
    await running
  }
}
