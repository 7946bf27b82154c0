import { Failure } from '../failure.ts'
import { openSession, pauseUnless, stopOnSignal } from '../session.ts'
import type { Settings } from '../settings.ts'

/** Undelivered after this many steps at rest, the server is taken to be away. */
const maxIdleSteps = 10

/**
 * Reports and returns; stays while a transition runs, until its end is confirmed and delivered. For timers and boot scripts.
 * Throws Failure when the report could not be delivered.
 */
export async function once(settings: Settings): Promise<void> {
  const stopping = stopOnSignal()
  const session = await openSession(settings, stopping)
  try {
    for (let idleSteps = 0; !stopping.aborted; ) {
      const { waitMs, inTransition, isSettled } = await session.agent.step()
      if (!inTransition && isSettled) return
      idleSteps = inTransition ? 0 : idleSteps + 1
      if (idleSteps > maxIdleSteps)
        throw new Failure('the report could not be delivered; the server stays out of reach.')
      await pauseUnless(waitMs, stopping)
    }
  } finally {
    session.close()
  }
}
