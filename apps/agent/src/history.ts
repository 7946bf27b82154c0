import type { BlockingTask, ReportAttempt, ReportEvent } from '@graftwatch/contract/report'
import type { AttemptOutcome, Direction, Mechanism } from '@graftwatch/contract/vocabulary'
import type { LogFact } from '@graftwatch/livepatch/parse/kernel-log'
import { createKpatchTries, type KpatchTries } from './kpatch-tries.ts'

/**
 * What this agent saw happen in this boot, from the kernel log and from its own readings: events, newest kept, and attempts.
 *
 * An attempt is one try to load or unload a patch. A reversal does not begin another: the try goes on, in the other
 * direction, and ends `reversed` if it ends there.
 */
export interface History {
  note(fact: Fact): void
  /** The kernel is in trouble; about no patch. Of a series, which can be endless, one a minute is kept. */
  noteTrouble(kind: 'oops' | 'lockup', at: string): void
  /**
   * Tasks that hold the attempt under way, with their stacks: kept for when it has ended, since a tool that gives up takes the
   * live evidence with it. Only those that held it on its way out count: on the way back all others are counted instead.
   */
  keepBlocking(
    patch: string,
    mechanism: Mechanism,
    direction: Direction,
    blocking: readonly BlockingTask[],
  ): void
  /** What was said of a kGraft patch by its own name is about this module: its log lines name patches, all else modules. */
  rename(patch: string, module: string): void
  /** The attempt now under way for a patch; null when none is known. */
  open(patch: string, mechanism: Mechanism): Readonly<Attempt> | null
  /** Attempts of a mechanism that are under way as far as is known, oldest first. */
  unfinished(mechanism: Mechanism): readonly Readonly<Attempt>[]
  /** Whether the log said that the remaining tasks of this patch were forced. */
  isForced(patch: string, mechanism: Mechanism): boolean
  /** Loads by kpatch.ko, whose log tells of them in its own way. */
  readonly kpatch: KpatchTries
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
  mechanism: Mechanism
  /** Where it is going now; differs from `direction` after a reversal. */
  heading: Direction | null
  source: 'kernel-log' | 'observed'
  isForced: boolean
  kept: BlockingTask[]
}

const maxKeptTasks = 20
const maxKeptFrames = 64
/** Attempts that keep their evidence, the newest: it is sent with every report. */
const maxWithEvidence = 4
const troubleEveryMs = 60_000
const maxEvents = 256
const maxAttempts = 64
/** Patches whose force is remembered; more than that in one boot means the names are not real. */
const maxForced = 128
const forcedKey = (patch: string, mechanism: Mechanism): string => `${mechanism} ${patch}`

export function createHistory(): History {
  const events: ReportEvent[] = []
  const attempts: Attempt[] = []
  const forced = new Set<string>()
  const kpatch = createKpatchTries()
  /** When `enabling patch` was logged, for a load that fails before its transition starts. */
  const enabling = { patch: '', at: '' }

  const unfinished = (mechanism: Mechanism): Attempt[] =>
    attempts.filter((attempt) => attempt.mechanism === mechanism && attempt.endedAt === null)

  const openAttempt = (patch: string, mechanism: Mechanism): Attempt | null =>
    unfinished(mechanism).findLast((attempt) => attempt.patch === patch) ?? null

  /** What a mechanism's log says without a name is about the one patch of it that can be in transition. */
  const inTransition = (mechanism: Mechanism): Attempt | null => unfinished(mechanism).at(-1) ?? null

  function begin(patch: string, fact: Fact): Attempt {
    const { at, direction, source, mechanism } = fact
    const attempt = {
      patch,
      mechanism,
      direction,
      startedAt: at,
      endedAt: null,
      outcome: null,
      heading: direction,
      source,
    }
    attempts.push({ ...attempt, isForced: false, kept: [] })
    if (attempts.length > maxAttempts) attempts.shift()
    return attempts[attempts.length - 1] as Attempt
  }

  function end(attempt: Attempt, at: string, outcome: AttemptOutcome): void {
    attempt.endedAt = at
    attempt.outcome = outcome
  }

  /** A patch is enabled anew, so an earlier try is over, and the log lost how it ended. */
  function enable(patch: string, fact: Fact): void {
    const earlier = openAttempt(patch, fact.mechanism)
    if (earlier) earlier.endedAt = fact.at
    Object.assign(enabling, { patch, at: fact.at })
  }

  /**
   * kGraft accepts nothing while a transition runs, so a start that does not continue the known one says that it is over. A
   * revert proves that the patch had been applied; else the log lost how the earlier one ended.
   */
  function supersede(patch: string, fact: Fact): void {
    for (const earlier of unfinished('kgraft')) {
      const isRevert = earlier.patch === patch && earlier.heading !== fact.direction
      const isAgain = earlier.source === 'kernel-log' && fact.source === 'kernel-log'
      if (isRevert) end(earlier, fact.at, earlier.isForced ? 'forced' : 'completed')
      else if (earlier.patch !== patch || isAgain) earlier.endedAt = fact.at
    }
  }

  function start(patch: string, fact: Fact): Fact['kind'] {
    if (fact.mechanism === 'kgraft') supersede(patch, fact)
    const current = openAttempt(patch, fact.mechanism)
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
    const attempt = openAttempt(patch, fact.mechanism) ?? begin(patch, fact)
    attempt.direction ??= fact.direction
    attempt.heading = fact.direction ?? attempt.heading
    const isReversed = attempt.heading !== null && attempt.heading !== attempt.direction
    end(attempt, fact.at, isReversed ? 'reversed' : attempt.isForced ? 'forced' : 'completed')
  }

  function refuse(patch: string, fact: Fact): void {
    const startedAt = enabling.patch === patch ? enabling.at : fact.at
    const attempt =
      openAttempt(patch, fact.mechanism) ?? begin(patch, { ...fact, at: startedAt, direction: 'patching' })
    end(attempt, fact.at, 'refused')
    if (fact.failure) attempt.failure = fact.failure
  }

  /** A stack that can no longer be read is not news: the one that was read before stays. */
  function keep(attempt: Attempt, blocking: readonly BlockingTask[]): void {
    const before = new Map(attempt.kept.map((task) => [`${task.tid} ${task.taskStartedAt}`, task]))
    attempt.kept = blocking.slice(0, maxKeptTasks).map((task) => {
      const known = before.get(`${task.tid} ${task.taskStartedAt}`)
      if (task.stack === null && known?.stack) return known
      const frame = task.blockingFrame ?? null
      return {
        ...task,
        stack: task.stack?.slice(0, maxKeptFrames) ?? null,
        blockingFrame: frame !== null && frame < maxKeptFrames ? frame : null,
      }
    })
    for (const old of attempts.filter(({ kept }) => kept.length > 0).slice(0, -maxWithEvidence)) old.kept = []
  }

  return {
    note(fact) {
      const patch = fact.patch ?? inTransition(fact.mechanism)?.patch ?? null
      let kind = fact.kind
      if (patch !== null) {
        if (kind === 'patch-enabling') enable(patch, fact)
        if (kind === 'transition-started' || kind === 'transition-reversed') kind = start(patch, fact)
        if (kind === 'transition-completed') complete(patch, fact)
        if (kind === 'load-failed') refuse(patch, fact)
        if (kind === 'forced') {
          const attempt = openAttempt(patch, fact.mechanism)
          if (attempt) attempt.isForced = true
          if (forced.size < maxForced) forced.add(forcedKey(patch, fact.mechanism))
        }
      }
      events.push({ at: fact.at, kind, patch, source: fact.source })
      if (events.length > maxEvents) events.shift()
    },
    noteTrouble(kind, at) {
      const last = events.findLast((event) => event.kind === kind)
      if (last && Date.parse(at) - Date.parse(last.at) < troubleEveryMs) return
      events.push({ at, kind, patch: null, source: 'kernel-log' })
      if (events.length > maxEvents) events.shift()
    },
    keepBlocking(patch, mechanism, direction, blocking) {
      const attempt = openAttempt(patch, mechanism)
      if (attempt && attempt.direction === direction && blocking.length > 0) keep(attempt, blocking)
    },
    rename(patch, module) {
      const isNamed = (attempt: Attempt): boolean => attempt.mechanism === 'kgraft' && attempt.patch === patch
      for (const attempt of attempts.filter(isNamed)) attempt.patch = module
      for (const event of events) if (event.patch === patch) event.patch = module
      if (forced.delete(forcedKey(patch, 'kgraft'))) forced.add(forcedKey(module, 'kgraft'))
    },
    open: openAttempt,
    unfinished,
    isForced: (patch, mechanism) => forced.has(forcedKey(patch, mechanism)),
    kpatch,
    events: () => [...events],
    attempts: () =>
      [...attempts.map(asReported), ...kpatch.attempts()]
        .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
        .slice(-maxAttempts),
  }
}

/** While an attempt goes where it set out for, the transition itself carries who holds it. */
function asReported(attempt: Attempt): ReportAttempt {
  const { patch, direction, startedAt, endedAt, outcome, failure, heading, kept } = attempt
  const isUnderWay = endedAt === null && heading === direction
  return {
    patch,
    direction,
    startedAt,
    endedAt,
    outcome,
    ...(failure ? { failure } : {}),
    ...(kept.length > 0 && !isUnderWay ? { blocking: kept } : {}),
  }
}
