import { log, openSession, pauseUnless, stopOnSignal } from '../session.ts'
import type { Settings } from '../settings.ts'
import { flagsFingerprint } from '../sources/klp-patches.ts'

/** How soon a transition that starts is noticed: two short reads per patch, next to nothing where none is loaded. */
const watchEveryMs = 2000

/**
 * Reports until SIGTERM or SIGINT, then finishes the request in flight (at most 2 s) and returns. Between readings it only
 * watches the flags of the patches, and takes the next reading early when one changes. Throws Failure when it cannot go on.
 */
export async function run(settings: Settings): Promise<void> {
  const stopping = stopOnSignal()
  const session = await openSession(settings, stopping)
  log(`reporting to ${settings.url}`)
  try {
    while (!stopping.aborted) {
      const flags = flagsFingerprint(session.files)
      const { waitMs } = await session.agent.step()
      let leftMs = waitMs
      while (leftMs > 0 && !stopping.aborted && flagsFingerprint(session.files) === flags) {
        const pauseMs = Math.min(leftMs, watchEveryMs)
        await pauseUnless(pauseMs, stopping)
        leftMs -= pauseMs
      }
    }
  } catch (error) {
    if (!stopping.aborted) throw error
  } finally {
    session.close()
  }
}
