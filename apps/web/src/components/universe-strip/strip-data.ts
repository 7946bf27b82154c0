import type { HostState } from '@graftwatch/contract/vocabulary'
import type { Blocker, HostStatus, Transition } from '../../api/types.ts'

/** What the strip needs of a transition; the rest of it stays on the server. */
export type StripData = Pick<
  Transition,
  | 'patch'
  | 'direction'
  | 'startedAt'
  | 'startedAtSource'
  | 'startedBefore'
  | 'progressAt'
  | 'tasks'
  | 'groups'
  | 'confidence'
  | 'confidenceReason'
  | 'signalsByItself'
  | 'signaledAt'
  | 'stuckAfterSeconds'
  | 'blockingOmitted'
> & {
  /** The host's state, or what it was when it last spoke. */
  state: HostState
  /** True while nobody vouches for these values any more. */
  stale: boolean
  readAt: string
  stragglers: Straggler[]
}
export type Straggler = Pick<
  Blocker,
  'tid' | 'comm' | 'state' | 'blockingFunction' | 'cause' | 'firstSeenAt' | 'kind'
>

export function stripDataOf(transition: Transition, status: HostStatus, stale: boolean): StripData {
  const { blocking, mechanism, lowWater, directionSince, ...rest } = transition
  return {
    ...rest,
    state: status.state === 'silent' ? (status.lastState ?? 'silent') : status.state,
    stale,
    stragglers: blocking.map(({ tid, comm, state, blockingFunction, cause, firstSeenAt, kind }) => ({
      tid,
      comm,
      state,
      blockingFunction,
      cause,
      firstSeenAt,
      kind,
    })),
  }
}

/** The same strip after its last task has crossed. Only for a transition that is known to have completed. */
export function completed(strip: StripData): StripData {
  const { tasks } = strip
  return {
    ...strip,
    state: strip.direction === 'unpatching' ? 'unpatched' : 'migrated',
    tasks: {
      ...tasks,
      migrated: tasks.total,
      remaining: tasks.total === null ? null : 0,
      kthreadsRemaining: tasks.kthreadsRemaining === null ? null : 0,
    },
    groups: strip.groups.map((group) => ({ ...group, remaining: 0 })),
    stragglers: [],
    blockingOmitted: 0,
  }
}
