/**
 * The API's answers, as types alone: importing a schema would bring the whole validator into the browser.
 * What has no name in the contract gets one here.
 */
import type {
  HostDetail,
  HostSummary,
  newEnrollmentToken,
  Overview,
  setupStatus,
  Transition,
} from '@graftwatch/contract'

export type {
  Attempt,
  AttemptDetail,
  Blocker,
  Cause,
  CauseDetail,
  CausesPage,
  HostDetail,
  HostEvent,
  HostSummary,
  HostsPage,
  HostTimeline,
  LiveMessage,
  Overview,
  PatchComparison,
  PatchDetail,
  PatchEntry,
  PatchesPage,
  PatchObject,
  Problem,
  Remedy,
  RunningTransition,
  SearchAnswer,
  SetupRequest,
  TaskGroup,
  Transition,
  TransitionSummary,
  TransitionsPage,
  Viewer,
} from '@graftwatch/contract'

export type HostStatus = HostSummary['status']
export type HostPatch = HostDetail['patches'][number]
export type Source = HostDetail['sources'][number]
export type Attention = Overview['attention'][number]
export type TaskCounts = Transition['tasks']
export type SetupStatus = (typeof setupStatus)['_output']
export type EnrollmentToken = (typeof newEnrollmentToken)['_output']
