import { KeyRefused } from '../failure.ts'
import { log, openSession, pauseDelivering, stopOnSignal } from '../session.ts'
import type { Settings } from '../settings.ts'
import { patchesFingerprint } from '../sources/fingerprint.ts'

/** How soon a transition that starts is noticed: two short reads per patch. Waking is what costs: every 2 s takes twice the processor. */
const watchEveryMs = 5000

/**
 * Reports until SIGTERM or SIGINT, then finishes the request in flight (at most 2 s) and returns. Between readings it only
 * watches the flags of the patches, and takes the next reading early when one changes. Throws Failure when it cannot go on.
 */
export async function run(settings: Settings): Promise<void> {
  const stopping = stopOnSignal()
  try {
    await report(settings, stopping)
  } catch (error) {
    // A key that this server never took, as of another server: with a token at hand that is no reason to stay silent. A key that
    // worked and then did not was taken away on purpose, or by another agent; to fight over it would help nobody.
    const isStale = error instanceof KeyRefused && !error.wasAccepted && settings.token !== null
    if (!isStale) throw error
    log('the key of an earlier enrollment is no longer known; enrolling again')
    await report(settings, stopping, { anew: true })
  }
}

async function report(
  settings: Settings,
  stopping: AbortSignal,
  options: { anew?: boolean } = {},
): Promise<void> {
  const session = await openSession(settings, stopping, options)
  log(`reporting to ${settings.url}`)
  try {
    while (!stopping.aborted) {
      const flags = patchesFingerprint(session.files)
      let { waitMs: leftMs, deliverInMs } = await session.agent.step()
      while (leftMs > 0 && !stopping.aborted && patchesFingerprint(session.files) === flags) {
        const pauseMs = Math.min(leftMs, watchEveryMs)
        deliverInMs = await pauseDelivering(session, { waitMs: pauseMs, deliverInMs }, stopping)
        leftMs -= pauseMs
      }
    }
  } catch (error) {
    if (!stopping.aborted) throw error
  } finally {
    session.close()
  }
}
