import type { ReportAttempt, ReportEvent } from '@graftwatch/contract/report'
import type { AttemptOutcome, Direction } from '@graftwatch/contract/vocabulary'
import type { LogFact } from '@graftwatch/livepatch/parse/kernel-log'

/**
 * What this agent saw happen in this boot, from the kernel log and from its own readings: events, newest kept, and attempts.
 *
 * An attempt is one try to load or unload a patch. A reversal does not begin another: the try goes on, in the other
 * direction, and ends `reversed` if it ends there.
 */
export interface History {
  note(fact: Fact): void
  /** The attempt now under way for a patch; null when none is known. */
  open(patch: string): Readonly<Attempt> | null
  /** Whether the log said that the remaining tasks of this patch were forced. */
  isForced(patch: string): boolean
  /** At most 256, newest kept, in the order they were noted. */
  events(): ReportEvent[]
  /** At most 64, newest kept. */
  attempts(): ReportAttempt[]
}

export interface Fact extends LogFact {
  at: string
  source: 'kernel-log' | 'observed'
}

interface Attempt extends ReportAttempt {
  /** Where it is going now; differs from `direction` after a reversal. */
  heading: Direction | null
  source: 'kernel-log' | 'observed'
  isForced: boolean
}

const maxEvents = 256
const maxAttempts = 64
/** Patches whose force is remembered; more than that in one boot means the names are not real. */
const maxForced = 128

export function createHistory(): History {
  const events: ReportEvent[] = []
  const attempts: Attempt[] = []
  const forced = new Set<string>()
  /** When `enabling patch` was logged, for a load that fails before its transition starts. */
  const enabling = { patch: '', at: '' }

  const openAttempt = (patch: string): Attempt | null =>
    attempts.findLast((attempt) => attempt.patch === patch && attempt.endedAt === null) ?? null

  /** What the log says without a name is about the one patch that can be in transition. */
  const inTransition = (): Attempt | null => attempts.findLast((attempt) => attempt.endedAt === null) ?? null

  function begin(patch: string, fact: Fact): Attempt {
    const { at, direction, source } = fact
    const attempt = {
      patch,
      direction,
      startedAt: at,
      endedAt: null,
      outcome: null,
      heading: direction,
      source,
    }
    attempts.push({ ...attempt, isForced: false })
    if (attempts.length > maxAttempts) attempts.shift()
    return attempts[attempts.length - 1] as Attempt
  }

  function end(attempt: Attempt, at: string, outcome: AttemptOutcome): void {
    attempt.endedAt = at
    attempt.outcome = outcome
  }

  /** A patch is enabled anew, so an earlier try is over, and the log lost how it ended. */
  function enable(patch: string, fact: Fact): void {
    const unfinished = openAttempt(patch)
    if (unfinished) unfinished.endedAt = fact.at
    Object.assign(enabling, { patch, at: fact.at })
  }

  function start(patch: string, fact: Fact): Fact['kind'] {
    const current = openAttempt(patch)
    if (!current) {
      begin(patch, fact)
      return 'transition-started'
    }
    const isReversal =
      current.heading !== null && fact.direction !== null && fact.direction !== current.heading
    current.direction ??= fact.direction
    current.heading = fact.direction ?? current.heading
    return isReversal ? 'transition-reversed' : 'transition-started'
  }

  function complete(patch: string, fact: Fact): void {
    const attempt = openAttempt(patch) ?? begin(patch, fact)
    attempt.direction ??= fact.direction
    attempt.heading = fact.direction ?? attempt.heading
    const isReversed = attempt.heading !== null && attempt.heading !== attempt.direction
    end(attempt, fact.at, isReversed ? 'reversed' : attempt.isForced ? 'forced' : 'completed')
  }

  function refuse(patch: string, fact: Fact): void {
    const startedAt = enabling.patch === patch ? enabling.at : fact.at
    const attempt = openAttempt(patch) ?? begin(patch, { ...fact, at: startedAt, direction: 'patching' })
    end(attempt, fact.at, 'refused')
  }

  return {
    note(fact) {
      const patch = fact.patch ?? inTransition()?.patch ?? null
      let kind = fact.kind
      if (patch !== null) {
        if (kind === 'patch-enabling') enable(patch, fact)
        if (kind === 'transition-started' || kind === 'transition-reversed') kind = start(patch, fact)
        if (kind === 'transition-completed') complete(patch, fact)
        if (kind === 'load-failed') refuse(patch, fact)
        if (kind === 'forced') {
          const attempt = openAttempt(patch)
          if (attempt) attempt.isForced = true
          if (forced.size < maxForced) forced.add(patch)
        }
      }
      events.push({ at: fact.at, kind, patch, source: fact.source })
      if (events.length > maxEvents) events.shift()
    },
    open: openAttempt,
    isForced: (patch) => forced.has(patch),
    events: () => [...events],
    attempts: () =>
      attempts.map(({ patch, direction, startedAt, endedAt, outcome }) => ({
        patch,
        direction,
        startedAt,
        endedAt,
        outcome,
      })),
  }
}
