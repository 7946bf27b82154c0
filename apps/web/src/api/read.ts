import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { apiAddress } from '../api-address.ts'
import { ApiProblem, noAnswer, problemIn } from './problem.ts'
import type {
  AlertDetail,
  AlertsPage,
  ApiKeysPage,
  AttemptDetail,
  AuditPage,
  CauseDetail,
  CausesPage,
  ChannelsPage,
  DeliveriesPage,
  EnrollmentTokensPage,
  HostDetail,
  HostFacets,
  HostsPage,
  HostTimeline,
  Overview,
  PatchComparison,
  PatchDetail,
  PatchesPage,
  Rule,
  RulesPage,
  Sessions,
  SetupStatus,
  SilencesPage,
  TransitionsPage,
  UsersPage,
  Viewer,
} from './types.ts'

/**
 * Asks the API as the person whose request is being rendered.
 * Throws ApiProblem on any other answer than 2xx; without a session it redirects to the sign-in, which comes back here.
 */
async function read<Answer>(path: string): Promise<Answer> {
  const request = await headers()
  const forwarded = new Headers({ accept: 'application/json' })
  for (const name of ['cookie', 'x-forwarded-for', 'x-forwarded-proto', 'user-agent']) {
    const value = request.get(name)
    if (value !== null) forwarded.set(name, value)
  }
  forwarded.set('x-forwarded-host', request.get('x-forwarded-host') ?? request.get('host') ?? '')

  let answer: Response
  try {
    answer = await fetch(`${apiAddress()}${path}`, {
      headers: forwarded,
      cache: 'no-store',
      signal: AbortSignal.timeout(10_000),
    })
  } catch {
    throw new ApiProblem(noAnswer)
  }
  if (answer.status === 401) {
    redirect(`/sign-in?next=${encodeURIComponent(request.get('x-graftwatch-path') ?? '/')}`)
  }
  if (!answer.ok) throw new ApiProblem(await problemIn(answer))
  // The API serialises with the contract's schemas, so the answer has this shape.
  return (await answer.json()) as Answer
}

export const getViewer = cache(() => read<Viewer>('/v1/me'))
/** `query`: what part of the past, as the API takes it; empty for now. */
export const getOverview = cache((query = '') => read<Overview>(`/v1/overview?${query}`))
export const getSetupStatus = () => read<SetupStatus>('/v1/setup')
export const getFacets = cache((query: string) => read<HostFacets>(`/v1/hosts/facets?${query}`))
export const getHosts = (query: URLSearchParams) => read<HostsPage>(`/v1/hosts?${query}`)
export const getHost = cache((id: string, query = '') =>
  read<HostDetail>(`/v1/hosts/${encodeURIComponent(id)}?${query}`),
)
export const getTimeline = (id: string, query: URLSearchParams) =>
  read<HostTimeline>(`/v1/hosts/${encodeURIComponent(id)}/timeline?${query}`)
export const getAttempt = cache((id: string, number: string) =>
  read<AttemptDetail>(`/v1/hosts/${encodeURIComponent(id)}/attempts/${encodeURIComponent(number)}`),
)

/** `query`: the parameters as the API takes them; a string, so that page and title share one read. */
export const getTransitions = cache((query: string) => read<TransitionsPage>(`/v1/transitions?${query}`))
export const getCauses = cache((query: string) => read<CausesPage>(`/v1/blockers?${query}`))
export const getCause = cache((id: string) => read<CauseDetail>(`/v1/blockers/${encodeURIComponent(id)}`))
export const getPatches = cache((query: string) => read<PatchesPage>(`/v1/patches?${query}`))
export const getPatch = cache((id: string) => read<PatchDetail>(`/v1/patches/${encodeURIComponent(id)}`))
export const getComparison = cache((query: string) => read<PatchComparison>(`/v1/patches/compare?${query}`))

/** `query`: what the list is narrowed to, as the API takes it; a string, so that page and title share one read. */
export const getAlerts = cache((query: string) => read<AlertsPage>(`/v1/alerts?${query}`))
export const getAlert = cache((id: string) => read<AlertDetail>(`/v1/alerts/${encodeURIComponent(id)}`))
export const getRules = cache(() => read<RulesPage>('/v1/rules'))
export const getRule = cache((id: string) => read<Rule>(`/v1/rules/${encodeURIComponent(id)}`))
export const getSilences = () => read<SilencesPage>('/v1/silences')
export const getChannels = cache(() => read<ChannelsPage>('/v1/channels'))
export const getDeliveries = (query: string) => read<DeliveriesPage>(`/v1/deliveries?${query}`)

export const getUsers = cache((query: string) => read<UsersPage>(`/v1/users?${query}`))
export const getSessions = (query: string) => read<Sessions>(`/v1/sessions?${query}`)
export const getEnrollmentTokens = (query: string) =>
  read<EnrollmentTokensPage>(`/v1/enrollment-tokens?${query}`)
export const getApiKeys = (query: string) => read<ApiKeysPage>(`/v1/api-keys?${query}`)
export const getAudit = (query: string) => read<AuditPage>(`/v1/audit?${query}`)

/** The result of a read, or the problem that stood in its way, for a panel that must not take the page down. */
export async function settled<Answer>(reading: Promise<Answer>): Promise<Answer | ApiProblem> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof ApiProblem) return error
    throw error
  }
}
