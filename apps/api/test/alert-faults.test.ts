import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { AlertMessage, HostReport } from '@graftwatch/contract'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { aMigratedReport, aMovingReport, aTask } from '../../../packages/contract/test/a-report.ts'
import { admin, baseUrl, enrollmentToken, until } from './api.ts'
import { type Stack, startStack } from './kill-nine-stack.ts'

/**
 * Alerts that are due arrive, whatever is killed and however receivers behave. Hosts get stuck and complete over HTTP, while the API or
 * PostgreSQL is ended with SIGKILL at random moments and receivers answer 500, hang, reset, redirect, or answer 10 MB.
 * GRAFTWATCH_FAULT_SEED repeats the choices; five minutes of it: GRAFTWATCH_FAULT_SECONDS=300.
 */
const seconds = Number(process.env.GRAFTWATCH_FAULT_SECONDS ?? (process.env.CI === 'true' ? 30 : 20))
const seed = Number(process.env.GRAFTWATCH_FAULT_SEED ?? Date.now() % 2 ** 31)
const hostsMax = 8

let state = seed
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

const faults = ['none', '500', 'hang', 'reset', 'redirect', '10 MB'] as const
type Fault = (typeof faults)[number]

/** A receiver that misbehaves in its own way, about every third time, until `isOver`. */
class Receiver {
  readonly fault: Fault
  readonly server: Server
  /** When each delivery was answered 2xx, by its id. */
  readonly taken = new Map<string, number[]>()
  /** What of which alert was taken: `12 firing`. */
  readonly told = new Set<string>()
  isOver = false

  constructor(fault: Fault) {
    this.fault = fault
    this.server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += String(part)
      if (!this.isOver && random() < 0.35 && this.#misbehave(request.socket, response)) return
      const id = String(request.headers['webhook-id'])
      const { kind, alert } = JSON.parse(body) as AlertMessage
      this.taken.set(id, [...(this.taken.get(id) ?? []), Date.now()])
      // A host that had all its causes says no more, and its silence is told too.
      if (alert?.labels.condition === 'stuck') this.told.add(`${alert.id} ${kind}`)
      response.end(this.fault === '10 MB' ? Buffer.alloc(10 * 1024 * 1024) : 'ok')
    }).listen(0, '127.0.0.1')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`
  }

  #misbehave(
    socket: { destroy(): void },
    response: { writeHead(status: number, headers?: object): { end(): void } },
  ): boolean {
    if (this.fault === '500') response.writeHead(500).end()
    else if (this.fault === 'reset') socket.destroy()
    else if (this.fault === 'redirect') response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()
    return this.fault !== 'none' && this.fault !== '10 MB'
  }
}

async function post(stack: Stack, path: string, headers: Record<string, string>, body: object) {
  const answer = await fetch(`${stack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', date: new Date().toUTCString(), ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  return { status: answer.status, cookies: answer.headers.getSetCookie(), body: await answer.text() }
}

/** Posts until it is answered as it should be, as whoever survives a restart does. */
async function insist(...parameters: Parameters<typeof post>): Promise<string> {
  return await until(async () => {
    const answer = await post(...parameters).catch(() => null)
    if (answer === null || answer.status === 503 || answer.status === 429) return false
    expect(answer.status, answer.body).toBeLessThan(300)
    return answer.body
  }, 90_000)
}

async function asAdmin(stack: Stack): Promise<Record<string, string>> {
  const { cookies } = await post(stack, '/v1/auth/sign-in/email', { origin: baseUrl }, admin)
  return { origin: baseUrl, cookie: cookies.map((each) => each.split(';')[0]).join('; ') }
}

/** Asks the database as it is now; what is away is asked again. */
async function rowsOf<Row extends pg.QueryResultRow>(
  stack: Stack,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  return await until(async () => {
    const pool = stack.connect()
    pool.on('error', () => {})
    return await pool
      .query<Row>(text, values)
      .then(({ rows }) => rows)
      .catch(() => false as const)
      .finally(() => void pool.end().catch(() => {}))
  }, 90_000)
}

const letters = (index: number): string =>
  index < 26 ? String.fromCharCode(97 + index) : letters(Math.floor(index / 26) - 1) + letters(index % 26)

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const stuck = (comm: string): HostReport =>
  aMovingReport({
    startedAt: ago(900_000),
    progressAt: ago(880_000),
    blocking: [aTask({ comm, firstSeenAt: ago(880_000) })],
    remaining: 1,
  })

/** As many causes as one host may come under in an hour, and fewer. */
const causesMax = 25

/**
 * One host that gets stuck on a cause of its own and completes, again and again, and goes on saying so as an agent does. Resolves to the
 * alerts that fired and were resolved.
 */
async function live(stack: Stack, hostname: string, isOver: () => boolean): Promise<string[]> {
  const enrolled = await insist(
    stack,
    '/v1/enroll',
    {},
    { token: enrollmentToken, machineId: hostname, hostname, labels: {} },
  )
  const { hostKey } = JSON.parse(enrolled) as { hostKey: string }
  let sequence = 0
  const tell = async (report: HostReport) => {
    sequence += 1
    await insist(
      stack,
      '/v1/reports',
      { authorization: `Bearer ${hostKey}` },
      {
        ...report,
        sequence,
        collectedAt: ago(0),
        host: { ...report.host, hostname },
        kernel: { ...report.kernel, bootId: `boot-of-${hostname}` },
      },
    )
  }
  const telling = async (report: HostReport, isSo: () => Promise<string | undefined>): Promise<string> => {
    for (const end = Date.now() + 90_000; Date.now() < end; ) {
      await tell(report)
      const id = await until(isSo, 2000).catch(() => undefined)
      if (id !== undefined) return id
    }
    throw new Error(`not within 90 s: what follows from report ${sequence} of ${hostname}`)
  }
  await tell(aMigratedReport())
  const marked = 'select from alert_dirty join host on host.id = host_id where hostname = $1 limit 1'
  await until(async () => (await rowsOf(stack, marked, [hostname])).length === 0, 90_000)
  const alerts: string[] = []
  while (!isOver() && alerts.length < causesMax) {
    const comm = `job${hostname}x${letters(alerts.length)}`
    const statusIs = async (status: string) =>
      (
        await rowsOf<{ id: string }>(
          stack,
          `select id::text from alert where evidence #>> '{signature,comm}' = $1 and status = $2`,
          [comm, status],
        )
      )[0]?.id
    alerts.push(await telling(stuck(comm), () => statusIs('firing')))
    await telling(aMigratedReport(), () => statusIs('resolved'))
  }
  return alerts
}

/** Hosts one after the other. */
async function hosts(stack: Stack, index: number, isOver: () => boolean): Promise<string[]> {
  const alerts: string[] = []
  for (let nth = 0; !isOver(); nth += 1)
    alerts.push(...(await live(stack, `${letters(index)}${letters(nth)}`, isOver)))
  return alerts
}

test(
  `every alert that is due arrives at every receiver over kill -9 and misbehavior (${seconds} s, GRAFTWATCH_FAULT_SEED=${seed})`,
  async () => {
    const receivers = faults.map((fault) => new Receiver(fault))
    await Promise.all(receivers.map(({ server }) => server.listening || once(server, 'listening')))
    const stack = await startStack()
    let isOver = false
    let lives: Promise<string[]>[] = []
    try {
      const headers = await asAdmin(stack)
      for (const { fault, url } of receivers)
        await insist(stack, '/v1/channels', headers, {
          name: fault,
          allowPrivate: true,
          target: { type: 'webhook', url },
        })
      await rowsOf(
        stack,
        'update alert_rule set for_seconds = 0, for_without_signals_seconds = 0, keep_firing_seconds = 0',
        [],
      )
      const kills: { at: number; victim: 'api' | 'postgres' }[] = []
      lives = Array.from({ length: hostsMax }, (_, index) => hosts(stack, index, () => isOver))
      for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
        await pause(2000 + random() * 4000)
        const victim = random() < 0.6 ? 'api' : 'postgres'
        kills.push({ at: Date.now(), victim })
        if (victim === 'api') await stack.killApi()
        else await stack.killPostgres()
        kills.push({ at: Date.now(), victim })
      }
      isOver = true
      for (const receiver of receivers) receiver.isOver = true
      const alerts = (await Promise.all(lives)).flat()
      await until(
        async () =>
          (await rowsOf(stack, `select 1 from delivery where status = 'waiting' limit 1`, [])).length === 0,
        240_000,
      )

      const due = alerts.flatMap((id) => [`${id} firing`, `${id} resolved`])
      const missing = receivers.flatMap(({ fault, told }) =>
        due.filter((each) => !told.has(each)).map((each) => `${fault}: ${each}`),
      )
      const uncalled = receivers.flatMap(({ fault, told }) =>
        [...told].filter((each) => !due.includes(each)).map((each) => `${fault}: ${each}`),
      )
      const again = receivers.flatMap(({ taken }) =>
        [...taken.values()].flatMap((times) =>
          times.slice(1).map((at, index) => ({ first: times[index] ?? 0, at })),
        ),
      )
      const unexplained = again.filter(
        ({ first, at }) => !kills.some((kill) => kill.at >= first - 1000 && kill.at <= at),
      )
      const { rows } = {
        rows: await rowsOf<{ n: number }>(
          stack,
          `select count(*)::int as n from delivery where status = 'dead'`,
          [],
        ),
      }
      console.log(
        `alerts: seed ${seed}, ${JSON.stringify({
          kills: kills.length / 2,
          alerts: alerts.length,
          due: due.length * receivers.length,
          delivered: receivers.reduce((sum, { taken }) => sum + taken.size, 0),
          duplicates: again.length,
          dead: rows[0]?.n,
        })}`,
      )
      expect(missing, `due and not delivered, GRAFTWATCH_FAULT_SEED=${seed}`).toEqual([])
      expect(uncalled, `told and not due, GRAFTWATCH_FAULT_SEED=${seed}`).toEqual([])
      expect(unexplained, `twice without a kill in between, GRAFTWATCH_FAULT_SEED=${seed}`).toEqual([])
      expect(alerts.length).toBeGreaterThanOrEqual(hostsMax)
      expect(kills.length).toBeGreaterThan(0)
    } finally {
      isOver = true
      await Promise.allSettled(lives)
      await stack.remove()
      for (const { server } of receivers) {
        server.close()
        server.closeAllConnections()
      }
    }
  },
  (seconds + 420) * 1000,
)
