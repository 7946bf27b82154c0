import { type HostReport, problem } from '@graftwatch/contract'
import { createTestDatabase, type TestDatabase } from '@graftwatch/db/test-database'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type pg from 'pg'
import { expect } from 'vitest'
import { aMigratedReport, bootId } from '../../../packages/contract/test/a-report.ts'
import { buildApp } from '../src/app.ts'
import type { Config } from '../src/config.ts'

/** The whole API over a database of its own, asked without a socket. */

export const baseUrl = 'http://localhost:3000'
export const enrollmentToken = 'test-enrollment-token'
export const demoToken = 'test-demo-token-123'
export const admin = { email: 'admin@example.com', password: 'correct horse battery' }

export const configFor = (database: TestDatabase, fields: Partial<Config> = {}): Config => ({
  database: database.config,
  host: '127.0.0.1',
  port: 0,
  baseUrl,
  trustedOrigins: [baseUrl],
  secret: 'a secret of at least thirty-two characters',
  admin,
  setupCode: null,
  sweeps: true,
  metricsToken: null,
  retention: { eventDays: 400, sampleDays: 400 },
  tokens: [
    { token: enrollmentToken, label: 'test', demo: false },
    { token: demoToken, label: 'demo', demo: true },
  ],
  logLevel: process.env.GRAFTWATCH_TEST_LOG ?? 'silent',
  ...fields,
})

export interface TestHost {
  id: string
  key: string
  lastSequence: number
}

export interface Api {
  app: FastifyInstance
  pool: pg.Pool
  database: TestDatabase
  close(): Promise<void>
}

/** `database` shares one with another replica; closing this one then leaves it. */
export async function startApi(fields: Partial<Config> = {}, database?: TestDatabase): Promise<Api> {
  const own = database ?? (await createTestDatabase())
  const app = await buildApp(configFor(own, fields))
  return {
    app,
    pool: own.pool,
    database: own,
    async close() {
      await app.close()
      if (!database) await own.drop()
    },
  }
}

let machines = 0
export function newMachineId(): string {
  machines += 1
  return `machine-${machines}`
}

export async function enroll(
  { app }: Pick<Api, 'app'>,
  fields: { machineId?: string; hostname?: string; token?: string; labels?: Record<string, string> } = {},
): Promise<TestHost> {
  const machineId = fields.machineId ?? newMachineId()
  const payload = { token: enrollmentToken, machineId, hostname: machineId, labels: {}, ...fields }
  const answer = await app.inject({ method: 'POST', url: '/v1/enroll', payload })
  expect(answer.statusCode, answer.body).toBe(200)
  const { hostId, hostKey, lastSequence } = answer.json()
  return { id: hostId, key: hostKey, lastSequence }
}

const bearer = (host: Pick<TestHost, 'key'>) => ({ authorization: `Bearer ${host.key}` })

/** The boot of a host whose report names none of its own. */
export const bootIdOf = ({ key }: Pick<TestHost, 'key'>) => `${bootId}-${key.split('_')[1]}`

/** Sends a report as an agent whose clock is the server's: its time of reading is `secondsAgo`. */
export function report(
  { app }: Pick<Api, 'app'>,
  host: Pick<TestHost, 'key'>,
  fields: Partial<HostReport> = {},
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const body = { ...aMigratedReport({ collectedAt: new Date().toISOString() }), ...fields }
  // Two hosts are two kernels, unless a test says otherwise.
  if (body.kernel.bootId === bootId) body.kernel = { ...body.kernel, bootId: bootIdOf(host) }
  return post({ app }, host, '/v1/reports', body, headers)
}

export const heartbeat = (api: Pick<Api, 'app'>, host: Pick<TestHost, 'key'>, fields: object = {}) =>
  post(api, host, '/v1/heartbeats', { sequence: 2, stateHash: '00000000000000aa', ...fields })

export function post(
  { app }: Pick<Api, 'app'>,
  host: Pick<TestHost, 'key'>,
  url: string,
  payload: object | string | Buffer,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const options: InjectOptions = {
    method: 'POST',
    url,
    payload,
    headers: {
      'content-type': 'application/json',
      date: new Date().toUTCString(),
      ...bearer(host),
      ...headers,
    },
  }
  return app.inject(options)
}

/** A report that must be stored. */
export async function store(...parameters: Parameters<typeof report>): Promise<void> {
  const answer = await report(...parameters)
  expect(answer.statusCode, answer.body).toBe(200)
}

/** The problem an answer must be: its shape is the contract's, with a remedy, and a field for what the client got wrong. */
export function problemOf(answer: Pick<LightMyRequestResponse, 'headers' | 'statusCode' | 'body'>) {
  expect(answer.headers['content-type'], answer.body).toMatch(/^application\/problem\+json/)
  const body = problem.parse(JSON.parse(answer.body))
  expect(body.status).toBe(answer.statusCode)
  expect(body.remedy.length).toBeGreaterThan(10)
  if (answer.statusCode === 400 || answer.statusCode === 415)
    expect(body.errors?.length, answer.body).toBeGreaterThan(0)
  return { ...body, fields: body.errors?.map(({ field }) => field) ?? [] }
}

/** What the server writes by itself, whoever asks. */
const volatile = new Set([
  'auth_rate_limit',
  'ingest_tick',
  '_prisma_migrations',
  'alert_dirty',
  'alert',
  'alert_host',
  'alert_note',
])

/** Every row of every table as text, so that "nothing changed" can be compared. */
export async function dump(pool: pg.Pool): Promise<Record<string, string[]>> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  )
  const tables: Record<string, string[]> = {}
  for (const { name } of rows.filter((row) => !volatile.has(row.name))) {
    const found = await pool.query<{ row: string }>(`select t::text as row from "${name}" t order by 1`)
    tables[name] = found.rows.map(({ row }) => row)
  }
  return tables
}

/** Signs in and returns the cookie. */
export async function signIn({ app }: Pick<Api, 'app'>, who: { email: string; password: string } = admin) {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/auth/sign-in/email',
    payload: who,
    headers: { origin: baseUrl },
  })
  expect(answer.statusCode, answer.body).toBe(200)
  const cookies = [answer.headers['set-cookie'] ?? []].flat()
  return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') }
}

/** Somebody of this role, with the admin's password. */
export async function createPerson({ pool }: Pick<Api, 'pool'>, role: string) {
  const email = `${role}@example.com`
  await pool.query(
    `with person as (insert into auth_user (id, name, email, role) values ($1, $1, $2, $1) returning id)
     insert into auth_account (id, "accountId", "providerId", "userId", password)
     select person.id, person.id, 'credential', person.id, a.password
     from person, auth_account a join auth_user u on u.id = a."userId" where u.email = $3`,
    [role, email, admin.email],
  )
  return { email, password: admin.password }
}

/** Waits until `condition` returns something; fails after `ms`. */
export async function until<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 5000,
) {
  const end = Date.now() + ms
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Hosts by state, counted anew, beside what the counters say. */
export async function counts(pool: pg.Pool) {
  const { rows: counted } = await pool.query(
    `select state, demo, count(*)::int as n from host where retired_at is null and flags & 4096 = 0
     group by 1, 2 order by 1, 2`,
  )
  const { rows: kept } = await pool.query(
    `select key as state, demo, sum(n)::int as n from fleet_count where kind = 'state'
     group by 1, 2 having sum(n) <> 0 order by 1, 2`,
  )
  return { counted, kept }
}
