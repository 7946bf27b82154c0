/**
 * The API's answers, as types alone: importing a schema would bring the whole validator into the browser.
 * What has no name in the contract gets one here.
 */
import type {
  enrollmentToken,
  HostDetail,
  HostSummary,
  Overview,
  setupStatus,
  Transition,
} from '@graftwatch/contract'

export type {
  Attempt,
  Blocker,
  HostDetail,
  HostEvent,
  HostSummary,
  HostsPage,
  HostTimeline,
  LiveMessage,
  Overview,
  PatchObject,
  Problem,
  Remedy,
  SetupRequest,
  TaskGroup,
  Transition,
  TransitionSummary,
  Viewer,
} from '@graftwatch/contract'

export type HostStatus = HostSummary['status']
export type HostPatch = HostDetail['patches'][number]
export type Source = HostDetail['sources'][number]
export type Attention = Overview['attention'][number]
export type TaskCounts = Transition['tasks']
export type SetupStatus = (typeof setupStatus)['_output']
export type EnrollmentToken = (typeof enrollmentToken)['_output']
