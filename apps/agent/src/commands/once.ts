import { Failure } from '../failure.ts'
import { openSession, pauseDelivering, stopOnSignal } from '../session.ts'
import type { Settings } from '../settings.ts'

/** Undelivered after this many steps at rest, the server is taken to be away. */
const maxIdleSteps = 10
/** How soon the end of a delivery is noticed. */
const settleWithinMs = 5000

/**
 * Reports and returns; stays while a transition runs, until its end is confirmed and delivered. For timers and boot scripts.
 * Throws Failure when the report could not be delivered.
 */
export async function once(settings: Settings): Promise<void> {
  const stopping = stopOnSignal()
  const session = await openSession(settings, stopping)
  try {
    for (let idleSteps = 0; !stopping.aborted; ) {
      const step = await session.agent.step()
      const { inTransition, isSettled } = step
      if (!inTransition && isSettled) return
      idleSteps = inTransition ? 0 : idleSteps + 1
      if (idleSteps > maxIdleSteps)
        throw new Failure('the report could not be delivered; the server stays out of reach.')
      let { deliverInMs } = step
      for (let leftMs = step.waitMs; leftMs > 0 && !stopping.aborted; leftMs -= settleWithinMs) {
        const waitMs = Math.min(leftMs, settleWithinMs)
        deliverInMs = await pauseDelivering(session, { waitMs, deliverInMs }, stopping)
        if (!inTransition && deliverInMs === null) break
      }
    }
  } finally {
    session.close()
  }
}
