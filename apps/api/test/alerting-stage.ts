import {
  type AlertDetail,
  type AlertsPage,
  alertDetail,
  alertsPage,
  type HostReport,
  type Rule,
  rulesPage,
  type WriteRule,
} from '@graftwatch/contract'
import { afterAll, beforeAll, expect } from 'vitest'
import { aMigratedReport, aMovingReport, aPatch, aTask } from '../../../packages/contract/test/a-report.ts'
import { Evaluator, type Told } from '../src/alerting/evaluator.ts'
import { type Api, admin, baseUrl, enroll, signIn, startApi, store, type TestHost } from './api.ts'

/** Alerts over the whole API, judged when a test says so; what would be told is kept here. */
export let api: Api
let session: Record<string, string>
let evaluator: Evaluator
let told: Told[] = []

export const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

/** Before and after all tests of a file. Every rule resolves at once; a test of the waiting says otherwise. */
export function setUpAlerting(): void {
  beforeAll(async () => {
    api = await startApi({ sweeps: false })
    session = { ...(await signIn(api, admin)), origin: baseUrl }
    evaluator = anEvaluator()
    await evaluator.start()
    await evaluator.close()
    await api.pool.query('update alert_rule set keep_firing_seconds = 0')
  })
  afterAll(() => api.close())
}

export function anEvaluator(): Evaluator {
  return new Evaluator(api.pool, {
    baseUrl,
    log: api.app.log,
    tell: async (_client, all) => {
      told.push(...all)
    },
    tellMissed: async () => false,
  })
}

/** As if the process had been started again: it remembers nothing. */
export function startAgain(): void {
  evaluator = anEvaluator()
}

/** Judges until nothing is left to judge; what became of it. */
export async function judged(): Promise<Told[]> {
  told = []
  while ((await evaluator.pass())?.hasMore);
  return told
}

export async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  return await api.app.inject({ method, url, headers: session, ...(payload && { payload }) })
}
export async function listed(query = ''): Promise<AlertsPage> {
  const answer = await call('GET', `/v1/alerts${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return alertsPage.parse(answer.json())
}
export async function detailOf(id: string | undefined): Promise<AlertDetail> {
  const answer = await call('GET', `/v1/alerts/${id}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return alertDetail.parse(answer.json())
}
export async function ruleNamed(name: string): Promise<Rule> {
  const { items } = rulesPage.parse((await call('GET', '/v1/rules')).json())
  const found = items.find((rule) => rule.name === name)
  if (!found) throw new Error(`no rule ${name}`)
  return found
}
/** A rule as it can be written. */
export async function writable(name: string): Promise<WriteRule> {
  const {
    id: _,
    builtin: __,
    firing: ___,
    updatedAt: ____,
    updatedBy: _____,
    ...rule
  } = await ruleNamed(name)
  return rule
}
export async function change(name: string, fields: Partial<Rule>): Promise<void> {
  const { id } = await ruleNamed(name)
  const answer = await call('PUT', `/v1/rules/${id}`, { ...(await writable(name)), ...fields })
  expect(answer.statusCode, answer.body).toBe(200)
}

export type Named = TestHost & { hostname: string }

const sequences = new Map<string, number>()
export async function tell(
  host: Named,
  report: HostReport,
  labels: Record<string, string> = {},
): Promise<void> {
  const sequence = (sequences.get(host.id) ?? 0) + 1
  sequences.set(host.id, sequence)
  await store(api, host, {
    ...report,
    sequence,
    collectedAt: ago(0),
    host: { ...report.host, hostname: host.hostname, labels },
  })
}

let hosts = 0
/** A host that was fully migrated when it was first seen. */
export async function aHost(labels: Record<string, string> = {}, token?: string): Promise<Named> {
  hosts += 1
  const hostname = `alerted-${hosts}`
  const host = { ...(await enroll(api, { hostname, ...(token !== undefined && { token }) })), hostname }
  await tell(host, aMigratedReport(), labels)
  // What follows is news, and not what was there before.
  await judged()
  return host
}

export const stuck = (seconds: number, comm = 'billing') =>
  aMovingReport({
    startedAt: ago(seconds + 10),
    progressAt: ago(seconds),
    blocking: [aTask({ comm, firstSeenAt: ago(seconds) })],
    remaining: 1,
  })
export const completed = () =>
  aMigratedReport({
    patches: [aPatch({ name: 'livepatch_12' }), aPatch({ name: 'livepatch_13', stackOrder: 2 })],
  })
