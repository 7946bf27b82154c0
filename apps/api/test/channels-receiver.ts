import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AlertMessage, ChannelTested, DeliveryKind } from '@graftwatch/contract'
import { expect } from 'vitest'
import type { Evidence } from '../src/alerting/conditions.ts'
import { Jobs } from '../src/channels/jobs.ts'
import { type Told, tellChannels } from '../src/channels/tell.ts'
import { inTransaction } from '../src/ingest/transaction.ts'
import { type Api, baseUrl, signIn } from './api.ts'

/** A receiver on a port of its own, that answers as a test wants and remembers what it was sent. */

export interface Received {
  at: number
  path: string
  headers: IncomingHttpHeaders
  text: string
}

export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** What it does with a request; 200 and "ok" unless told otherwise. */
  answer: (response: ServerResponse, request: Received) => void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    port: 0,
    received: [],
    answer: (response) => void response.end('ok'),
    close: async () => {},
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const one = { at: Date.now(), path: request.url ?? '', headers: request.headers, text }
      receiver.received.push(one)
      receiver.answer(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.port = (server.address() as AddressInfo).port
  receiver.url = `http://127.0.0.1:${receiver.port}`
  receiver.close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return receiver
}

export const at = '2026-11-26T02:10:00.000Z'

/** An alert as the evaluator would tell it. */
export function aMessage(
  kind: DeliveryKind,
  fields: Partial<NonNullable<AlertMessage['alert']>> = {},
): AlertMessage {
  return {
    version: 1,
    kind,
    at,
    alert: {
      id: '7',
      rule: { id: '1', name: 'LivePatchStuck' },
      condition: 'stuck',
      severity: 'page',
      status: kind === 'resolved' ? 'resolved' : 'firing',
      summary: '38 hosts held by one cause: vhost-N (kthread, running)',
      labels: { alertname: 'LivePatchStuck', severity: 'page', condition: 'stuck', env: 'prod' },
      since: '2026-11-26T01:29:00.000Z',
      dueAt: null,
      firingAt: at,
      resolvedAt: kind === 'resolved' ? '2026-11-26T02:40:00.000Z' : null,
      hosts: 38,
      silentHosts: 2,
      examples: [
        { id: '11', hostname: 'db-1', state: 'stuck', since: '2026-11-26T01:29:00.000Z' },
        { id: '12', hostname: 'db-2', state: 'stuck', since: '2026-11-26T01:31:00.000Z' },
      ],
      acknowledged: null,
      silencedUntil: null,
      actNow: { now: false, why: 'old code keeps serving; exposure continues.' },
      firstStep: 'Lower the load of the guest.',
      signature: null,
      drill: false,
      demo: false,
      fingerprint: 'f-1234',
      description: 'Replacement patches wait behind it.',
      runbookUrl: 'https://runbooks.example.com/stuck',
      url: `${baseUrl}/alerts/7`,
      hostsUrl: `${baseUrl}/hosts?alert=7`,
      hostsMost: 41,
      ...fields,
    },
  }
}

const evidence: Evidence = {
  host: 'db-1',
  patch: 'livepatch_12',
  direction: 'patching',
  remaining: 1,
  total: 100,
  detail: null,
  tries: null,
  signalsByItself: true,
  modules: [],
  replaces: false,
  signature: null,
}

/** An alert as the evaluator would have written it, and told if it fires; its id. */
export async function anAlert(
  db: Pick<Api['pool'], 'query'>,
  status = 'firing',
  labels: Record<string, string> = {},
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `with r as (
       insert into alert_rule (name, condition, severity, for_seconds, summary) values (gen_random_uuid()::text, 'stuck', 'page', 0, '')
       returning id)
     insert into alert (rule_id, fingerprint, condition, severity, status, reason, labels, evidence, since, firing_at, told_at, hosts)
     select id, gen_random_uuid()::text, 'stuck', 'page', $1, '', $2, $3, now(), now(), case when $1 = 'firing' then now() end, 1
     from r returning id::text`,
    [status, labels, evidence],
  )
  return rows[0]?.id ?? ''
}

/** The same as something told. */
export const told = (kind: DeliveryKind, id: string, fields: Parameters<typeof aMessage>[1] = {}): Told => ({
  id,
  kind,
  message: aMessage(kind, { id, ...fields }),
  dueAt: null,
})

export interface Teller {
  tell(...all: Told[]): Promise<number>
  /** Of the admin. */
  headers: Record<string, string>
  /** A channel that may reach this machine. */
  addChannel(fields: {
    name: string
    target: object
    [field: string]: unknown
  }): Promise<{ id: string; secret: string | null }>
  testChannel(id: string): Promise<ChannelTested>
  close(): Promise<void>
}

/** Tells as a process would that sends nothing itself, and asks the API as its admin. */
export async function startTeller({ app, database, pool }: Api): Promise<Teller> {
  const jobs = new Jobs(database.config, app.log)
  await jobs.open()
  const headers = await signIn({ app })
  const post = async (url: string, payload?: object) => {
    const answer = await app.inject({ method: 'POST', url, headers, ...(payload && { payload }) })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    return answer.json()
  }
  return {
    tell: (...all) => inTransaction(pool, (client) => tellChannels(jobs, client, all)),
    headers,
    addChannel: (fields) => post('/v1/channels', { allowPrivate: true, ...fields }),
    testChannel: (id) => post(`/v1/channels/${id}/test`),
    close: () => jobs.close(),
  }
}

export interface Stored {
  id: string
  kind: string
  status: string
  attempts: [string, number, number | null, string, 1?][]
  claimed: boolean
}

export async function deliveriesOf({ pool }: Pick<Api, 'pool'>, channelId: string): Promise<Stored[]> {
  const { rows } = await pool.query<Stored>(
    `select id::text, kind, status, attempts, claimed_until is not null as claimed from delivery
     where channel_id = $1 order by delivery.id`,
    [channelId],
  )
  return rows
}
