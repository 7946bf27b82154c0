import type { ReportPatch, ReportTransition } from '@graftwatch/contract/report'
import type { Direction } from '@graftwatch/contract/vocabulary'
import { confirmDirection, judgeTally } from '@graftwatch/livepatch/sample'
import { type BlockerBook, createBlockerBook } from '../blockers.ts'
import { type TaskScan, ThreadNames } from '../task-scan.ts'
import { hidesProcesses, isInPidNamespace } from '../view.ts'
import type { ReadingContext } from './source.ts'

/** The patch in transition as one sample shows it, with the scan made of its tasks. */
export interface FoundTransition {
  patch: ReportPatch
  otherPatches: readonly ReportPatch[]
  /** The direction the sample suggests; null when nothing tells. */
  candidate: Direction | null
  scan: TaskScan
  /** What the sample shows changed under the scan every time it was tried. */
  raced: boolean
  /** Idle tasks that take part and are not in /proc, at most. */
  idleHidden: number
  signalsByItself: boolean | null
}

/** What a source remembers of its transitions from reading to reading. Reads only; never throws. */
export interface TransitionFollower {
  /** For the scans of this transition. */
  readonly names: ThreadNames
  /** The transition as the report has it. Its direction is null until two samples agree or the log confirms one. */
  follow(context: ReadingContext, found: FoundTransition): Promise<ReportTransition>
  /** Nothing moves now: what is seen next is another transition. */
  rest(): void
  /** Two readings in a row end an attempt that `movingNow` is not; a single one may have come between two. */
  noteEnd(context: ReadingContext, movingNow: string | undefined, isApplied: (patch: string) => boolean): void
}

interface Track {
  bootId: string
  patch: string
  /** What the last sample suggested. */
  candidate: Direction | null
  firstSeenAt: string
  blockers: BlockerBook
}

/** The direction that counts are made for while none is known: tasks left behind are then said to run the old code. */
export const assumedDirection = (candidate: Direction | null): Direction => candidate ?? 'patching'

export function createTransitionFollower(mechanism: 'klp' | 'kgraft'): TransitionFollower {
  let track: Track | null = null
  let names = new ThreadNames()
  /** An attempt that no longer runs, and in how many readings that was so. */
  let ending = { patch: '', readings: 0 }

  function noteDirection({ history, now }: ReadingContext, seen: Track, direction: Direction): void {
    const open = history.open(seen.patch, mechanism)
    const fact = { mechanism, patch: seen.patch, direction, source: 'observed' as const }
    if (!open) history.note({ ...fact, kind: 'transition-started', at: seen.firstSeenAt })
    else if (open.heading !== direction)
      history.note({ ...fact, kind: 'transition-reversed', at: new Date(now()).toISOString() })
  }

  return {
    get names() {
      return names
    },
    async follow(context, found) {
      const { files, history, identity } = context
      const { patch, candidate, scan } = found
      const { bootId } = identity.kernel
      const known = track?.patch === patch.name && track.bootId === bootId ? track : null
      const current: Track = {
        bootId,
        patch: patch.name,
        candidate,
        firstSeenAt: known?.firstSeenAt ?? new Date(context.now()).toISOString(),
        blockers: known?.blockers ?? createBlockerBook(),
      }
      track = current
      const logged = history.open(patch.name, mechanism)?.heading ?? null
      const direction =
        candidate === null ? null : confirmDirection(candidate, known?.candidate ?? null, logged)
      if (direction !== null) noteDirection(context, current, direction)
      const judged = judgeTally(scan.tally, assumedDirection(candidate), found.idleHidden, {
        raced: found.raced,
        timedOut: scan.timedOut,
        deniedByRights: scan.deniedByRights,
        hidepid: hidesProcesses(files, scan),
        pidNamespace: isInPidNamespace(files),
      })
      const { blocking, omitted } = await current.blockers.describe(scan.remaining, {
        files,
        identity,
        direction: assumedDirection(candidate),
        patch,
        otherPatches: found.otherPatches,
        nowMs: context.now(),
      })
      if (direction !== null) history.keepBlocking(patch.name, mechanism, direction, blocking)
      const open = history.open(patch.name, mechanism)
      const isLogged = open?.source === 'kernel-log'
      return {
        mechanism,
        patch: patch.name,
        direction,
        startedAt: isLogged ? open.startedAt : current.firstSeenAt,
        startedAtSource: isLogged ? 'kernel-log' : 'observed',
        tasks: judged.tasks,
        groups: scan.groups,
        confidence: judged.confidence,
        confidenceReason: judged.confidenceReason,
        signalsByItself: found.signalsByItself,
        blocking,
        blockingOmitted: omitted,
      }
    },
    rest() {
      track = null
      names = new ThreadNames()
    },
    noteEnd(context, movingNow, isApplied) {
      const open = context.history.unfinished(mechanism).find(({ patch }) => patch !== movingNow)
      if (!open) {
        ending = { patch: '', readings: 0 }
        return
      }
      ending = { patch: open.patch, readings: ending.patch === open.patch ? ending.readings + 1 : 1 }
      if (ending.readings < 2) return
      context.history.note({
        mechanism,
        kind: 'transition-completed',
        patch: open.patch,
        direction: isApplied(open.patch) ? 'patching' : 'unpatching',
        at: new Date(context.now()).toISOString(),
        source: 'observed',
      })
    },
  }
}
