/**
 * The API's answers, as types alone: importing a schema would bring the whole validator into the browser.
 * What has no name in the contract gets one here.
 */
import type { HostDetail, HostSummary, Overview, setupStatus, Transition } from '@graftwatch/contract'

export type {
  ApiKey,
  ApiKeysPage,
  Arrivals,
  Attempt,
  AttemptDetail,
  AuditEntry,
  AuditPage,
  Blocker,
  Cause,
  CauseDetail,
  CausesPage,
  ChangePassword,
  CreateApiKey,
  CreateEnrollmentToken,
  CreateUser,
  EnrollmentToken,
  EnrollmentTokensPage,
  HostDetail,
  HostEvent,
  HostFacets,
  HostSummary,
  HostsLabeled,
  HostsPage,
  HostTimeline,
  LabelsImported,
  LiveMessage,
  NewApiKey,
  NewEnrollmentToken,
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
  Session,
  Sessions,
  SetupRequest,
  TaskGroup,
  Transition,
  TransitionSummary,
  TransitionsPage,
  User,
  UsersPage,
  Viewer,
} from '@graftwatch/contract'

export type HostStatus = HostSummary['status']
export type HostPatch = HostDetail['patches'][number]
export type Source = HostDetail['sources'][number]
export type Attention = Overview['attention'][number]
export type TaskCounts = Transition['tasks']
export type SetupStatus = (typeof setupStatus)['_output']
