import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { AlertMessage, HostReport, RulesPage } from '@graftwatch/contract'
import { syntheticReport } from '@graftwatch/simulator'
import { generate } from './baselines.ts'
import { benchKey, seedFleet } from './fleet.ts'
import { admin, type Stack, startStack } from './stack.ts'

/** What alerts cost at one size of the fleet. */
export interface AlertCost {
  hosts: number
  firing: number
  /** Hosts judged a second when all of them are marked at once. */
  judgedPerSecond: number
  /** Of one core, over ten seconds in which nothing changes on any host. */
  idleCpuPercent: number
  /** From the agent's reading to the webhook's arrival, of alerts that were due at once, beside 1,000 heartbeats a second. */
  samples: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const samples = 200
const heartbeatsPerSecond = 1000

/** Letters alone: digits fold into one name, and each of these is to be a cause of its own. */
const letters = (index: number): string =>
  index < 26 ? String.fromCharCode(97 + index) : letters(Math.floor(index / 26) - 1) + letters(index % 26)

/** As an agent does: what is answered 503 is sent again. */
async function send(stack: Stack, hostId: number, report: HostReport): Promise<void> {
  for (;;) {
    const answer = await fetch(`${stack.apiUrl}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${benchKey(hostId)}` },
      body: JSON.stringify(report),
    })
    const body = await answer.text()
    if (answer.ok) return
    if (answer.status !== 503) throw new Error(`a report was answered ${answer.status}: ${body}`)
    await pause(200)
  }
}

/** A host that is fully migrated, and one that has been held by `comm` for longer than any threshold. */
const migrated = (hostId: number, sequence: number) =>
  syntheticReport({ index: hostId, sequence, at: Date.now() })
function held(hostId: number, sequence: number, comm: string): HostReport {
  const at = Date.now()
  const report = syntheticReport({ index: hostId, sequence, at, remaining: 1, startedAt: at - 900_000 })
  const { transition } = report
  return {
    ...report,
    transition: transition && {
      ...transition,
      progressAt: new Date(at - 880_000).toISOString(),
      blocking: transition.blocking.map((task) => ({ ...task, comm })),
    },
  }
}

/** Signs in as the admin of the stack; returns how to ask. */
async function asAdmin({ apiUrl }: Stack) {
  const headers = { 'content-type': 'application/json', origin: 'http://localhost:3000' }
  const answer = await fetch(`${apiUrl}/v1/auth/sign-in/email`, {
    method: 'POST',
    headers,
    body: JSON.stringify(admin),
  })
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0])
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const reply = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { ...headers, cookie: cookie.join('; ') },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!reply.ok) throw new Error(`${method} ${path} was answered ${reply.status}: ${await reply.text()}`)
    return (await reply.json()) as T
  }
}

/** Receives webhooks and notes when the alert of each comm fired. */
async function startReceiver() {
  const arrived = new Map<string, number>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += String(part)
    const at = Date.now()
    const { kind, alert } = JSON.parse(body) as AlertMessage
    const comm = alert?.signature?.comm
    if (kind === 'firing' && comm !== undefined && !arrived.has(comm)) arrived.set(comm, at)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { arrived, url: `http://127.0.0.1:${port}/`, stop: () => server.close() }
}

async function until(condition: () => Promise<boolean> | boolean, what: string, ms = 300_000): Promise<void> {
  for (const end = Date.now() + ms; !(await condition()); await pause(50))
    if (Date.now() > end) throw new Error(`${what} took longer than ${ms / 1000} s`)
}

const processCpu = async ({ apiUrl }: Stack): Promise<number> =>
  Number(/^process_cpu_seconds_total (\S+)/m.exec(await (await fetch(`${apiUrl}/metrics`)).text())?.[1] ?? 0)

/** One size after the other over one production process; the database is checked after each. */
export async function measureAlerts(sizes: readonly number[]): Promise<AlertCost[]> {
  const stack = await startStack()
  const receiver = await startReceiver()
  const costs: AlertCost[] = []
  try {
    const ask = await asAdmin(stack)
    await ask('POST', '/v1/channels', {
      name: 'bench',
      severities: ['ticket'],
      allowPrivate: true,
      target: { type: 'webhook', url: receiver.url },
    })
    const { items } = await ask<RulesPage>('GET', '/v1/rules')
    const stuck = items.find(({ name }) => name === 'Stuck')
    if (!stuck) throw new Error('the rule Stuck is not there')
    const { id, builtin: _b, firing: _f, updatedAt: _a, updatedBy: _u, ...rule } = stuck
    await ask('PUT', `/v1/rules/${id}`, { ...rule, forSeconds: 0, forWithoutSignalsSeconds: 0 })

    let seeded = 0
    let told = 0
    for (const hosts of sizes) {
      console.log(`${hosts} hosts: alerts …`)
      await seedFleet(stack.pool, seeded + 1, hosts)
      seeded = Math.max(seeded, hosts)
      const firing = Math.min(1000, Math.floor(hosts / 2))
      const open = async () =>
        (
          await stack.pool.query<{ n: number }>(
            `select count(*)::int as n from alert where status = 'firing'`,
          )
        ).rows[0]?.n ?? 0
      const marks = async () =>
        (await stack.pool.query<{ n: number }>('select count(*)::int as n from alert_dirty')).rows[0]?.n ?? 0
      const isJudged = async () => (await marks()) === 0

      for (let index = told; index < firing; index += 1) await send(stack, index + 1, migrated(index + 1, 1))
      await until(isJudged, 'judging first contacts')
      for (let index = told; index < firing; index += 1)
        await send(stack, index + 1, held(index + 1, 2, `job${letters(index)}`))
      await until(async () => (await open()) >= firing, `${firing} alerts`)
      told = firing

      const judgedFrom = Date.now()
      await stack.pool.query('insert into alert_dirty (host_id) select id from host order by id')
      await until(isJudged, 'judging all hosts')
      const judgedPerSecond = hosts / ((Date.now() - judgedFrom) / 1000)

      const cpuBefore = await processCpu(stack)
      await pause(10_000)
      const idleCpuPercent = ((await processCpu(stack)) - cpuBefore) * 10

      const fresh = Array.from(
        { length: Math.min(samples, hosts - firing) },
        (_, index) => firing + 1 + index,
      )
      const first = 10 + costs.length * 10
      for (const hostId of fresh) await send(stack, hostId, migrated(hostId, first))
      await until(isJudged, 'judging first contacts')
      const beside = generate({
        url: stack.apiUrl,
        kind: 'heartbeat',
        hosts,
        seconds: Math.ceil(fresh.length * 0.06) + 2,
        inFlight: 64,
        sequenceFrom: 1000 * (costs.length + 1),
        perSecond: heartbeatsPerSecond,
      })
      const readAt = new Map<string, number>()
      for (const hostId of fresh) {
        const comm = `late${letters(costs.length)}x${letters(hostId)}`
        readAt.set(comm, Date.now())
        await send(stack, hostId, held(hostId, first + 1, comm))
        await pause(50)
      }
      await beside
      await until(
        () => [...readAt.keys()].every((comm) => receiver.arrived.has(comm)),
        'the last webhook',
        60_000,
      )
      const took = [...readAt]
        .map(([comm, at]) => (receiver.arrived.get(comm) ?? Number.NaN) - at)
        .sort((a, b) => a - b)
      const part = (share: number) =>
        took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
      await check(stack, [...readAt.keys()])
      costs.push({
        hosts,
        firing,
        judgedPerSecond,
        idleCpuPercent,
        samples: took.length,
        p50Ms: part(0.5),
        p99Ms: part(0.99),
        maxMs: part(1),
      })
      // The next size begins with the same number of alerts for each of its own.
      for (const hostId of fresh) await send(stack, hostId, migrated(hostId, first + 2))
    }
    return costs
  } finally {
    receiver.stop()
    await stack.stop()
  }
}

/** Every cause is one alert, fired once and delivered once. */
async function check({ pool }: Stack, comms: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ alerts: number; fired: number; delivered: number }>(
    `select count(*)::int as alerts, coalesce(sum((select count(*) from alert_note where alert_id = a.id and kind = 'fired')), 0)::int as fired,
       coalesce(sum((select count(*) from delivery where alert_id = a.id and kind = 'firing' and status = 'delivered')), 0)::int as delivered
     from alert a where a.evidence #>> '{signature,comm}' = any($1)`,
    [comms],
  )
  const [found] = rows
  if (found?.alerts !== comms.length || found.fired !== comms.length || found.delivered !== comms.length)
    throw new Error(`of ${comms.length} causes the database has ${JSON.stringify(found)}`)
}
