import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { aMigratedReport, anEvent } from '../../../packages/contract/test/a-report.ts'
import { counts, enrollmentToken, until } from './api.ts'
import { type Stack, startStack } from './kill-nine-stack.ts'

/**
 * Acknowledged means stored, whatever is killed when. Hosts report over HTTP and retry until they are answered, as agents do,
 * while the API or PostgreSQL is ended with SIGKILL at random moments. GRAFTWATCH_KILL_SEED repeats the choice of moments.
 */

const seconds = Number(process.env.GRAFTWATCH_KILL_SECONDS ?? (process.env.CI === 'true' ? 30 : 20))
const seed = Number(process.env.GRAFTWATCH_KILL_SEED ?? Date.now() % 2 ** 31)
const hostsMax = 120
/** What a heartbeat may wait in memory. */
const heartbeatLossMs = 2000

let state = seed
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

interface Sender {
  id: string
  key: string
  sequence: number
  /** Sequences of reports that were answered 200. */
  reported: number[]
  /** Highest heartbeat answered 200, and the ones before, with the time of the answer. */
  heard: { sequence: number; at: number }[]
}

async function post(stack: Stack, path: string, key: string, body: object): Promise<number> {
  const answer = await fetch(`${stack.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      date: new Date().toUTCString(),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  await answer.arrayBuffer()
  return answer.status
}

async function enroll(stack: Stack, index: number): Promise<Sender> {
  const answer = await fetch(`${stack.url}/v1/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token: enrollmentToken,
      machineId: `m${index}`,
      hostname: `h${index}`,
      labels: {},
    }),
  })
  const { hostId, hostKey } = (await answer.json()) as { hostId: string; hostKey: string }
  return { id: hostId, key: hostKey, sequence: 0, reported: [], heard: [] }
}

/** Each report changes the host's state and carries an event that names its own sequence: its trace in the history. */
function reportOf(sequence: number) {
  const now = new Date().toISOString()
  const events = [anEvent({ at: now, kind: 'module-patched', patch: `sequence-${sequence}` })]
  const { patches } = aMigratedReport()
  return aMigratedReport({ sequence, collectedAt: now, events, patches: sequence % 3 ? patches : [] })
}

/** Sends until `isOver`; what is not answered 200 is sent again, the same bytes, as from a spool. */
async function send(
  stack: Stack,
  sender: Sender,
  strange: Set<string>,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    sender.sequence += 1
    const isReport = sender.sequence % 4 === 1
    const body = isReport
      ? reportOf(sender.sequence)
      : { sequence: sender.sequence, stateHash: '00000000000000aa' }
    const path = isReport ? '/v1/reports' : '/v1/heartbeats'
    for (;;) {
      const status = await post(stack, path, sender.key, body).catch(() => 0)
      if (status === 200) {
        if (isReport) sender.reported.push(sender.sequence)
        else sender.heard.push({ sequence: sender.sequence, at: Date.now() })
        break
      }
      if (status !== 0 && status !== 503 && status !== 429) strange.add(`${path} ${status}`)
      if (isOver()) return
      await pause(30)
    }
  }
}

/** What must be stored of heartbeats by now, given that something was killed at `killedAt`. */
async function checkHeartbeats(pool: pg.Pool, senders: Sender[], killedAt: number): Promise<void> {
  const { rows } = await pool.query<{ id: string; sequence: string }>(
    'select host_id::text as id, sequence::text from host_seen',
  )
  const stored = new Map(rows.map(({ id, sequence }) => [id, Number(sequence)]))
  for (const sender of senders) {
    const due = sender.heard.findLast(({ at }) => at <= killedAt - heartbeatLossMs)
    expect(stored.get(sender.id) ?? -1, `heartbeats of ${sender.id}, seed ${seed}`).toBeGreaterThanOrEqual(
      due?.sequence ?? 0,
    )
    sender.heard = sender.heard.filter(({ at }) => at > killedAt - heartbeatLossMs)
  }
}

async function checkReports(
  pool: pg.Pool,
  senders: Sender[],
): Promise<{ acknowledged: number; stored: number }> {
  const { rows } = await pool.query<{ id: string; sequence: number; told: number[] }>(
    `select d.host_id::text as id, d.report_sequence::int as sequence,
       (select array_agg(substr(e.data ->> 'patch', 10)::int) from event e
        where e.host_id = d.host_id and e.kind = 'module-patched') as told
     from host_detail d`,
  )
  const stored = new Map(rows.map((row) => [row.id, row]))
  const missing: string[] = []
  for (const { id, reported } of senders) {
    const row = stored.get(id)
    const told = new Set(row?.told)
    expect(told.size, `facts told twice of ${id}, seed ${seed}`).toBe(row?.told.length ?? 0)
    if ((row?.sequence ?? 0) < (reported.at(-1) ?? 0)) missing.push(`${id}: state of ${reported.at(-1)}`)
    for (const sequence of reported) if (!told.has(sequence)) missing.push(`${id}: ${sequence}`)
  }
  expect(missing, `acknowledged and not stored, GRAFTWATCH_KILL_SEED=${seed}`).toEqual([])
  return {
    acknowledged: senders.reduce((sum, { reported }) => sum + reported.length, 0),
    stored: rows.reduce((sum, { told }) => sum + told.length, 0),
  }
}

test(
  `no acknowledged report is lost over kill -9 of the API and of PostgreSQL (${seconds} s, GRAFTWATCH_KILL_SEED=${seed})`,
  async () => {
    const stack = await startStack()
    let isOver = false
    const strange = new Set<string>()
    let loads: Promise<void>[] = []
    try {
      const senders = await Promise.all(Array.from({ length: hostsMax }, (_, index) => enroll(stack, index)))
      loads = senders.map((sender) => send(stack, sender, strange, () => isOver))
      const kills = { api: 0, postgres: 0 }
      const total = () => senders.reduce((sum, { reported }) => sum + reported.length, 0)
      const end = Date.now() + seconds * 1000
      while (Date.now() < end) {
        // The moment is chosen by work done, so that a slow machine is killed in the middle of it too.
        const next = total() + hostsMax + Math.floor(random() * 6 * hostsMax)
        await until(() => total() >= next, 60_000)
        await pause(random() * 100)
        const killedAt = Date.now()
        const victim = random() < 0.5 ? 'api' : 'postgres'
        kills[victim] += 1
        if (victim === 'api') await stack.killApi()
        else await stack.killPostgres()
        const pool = stack.connect()
        await checkHeartbeats(pool, senders, killedAt)
        await pool.end()
      }
      isOver = true
      await Promise.all(loads)
      const pool = stack.connect()
      const found = await checkReports(pool, senders)
      const { counted, kept } = await counts(pool)
      await pool.end()
      console.log(`kill -9: seed ${seed}, ${JSON.stringify({ ...kills, ...found })}`)
      expect(kept).toEqual(counted)
      expect([...strange]).toEqual([])
      expect(kills.api + kills.postgres).toBeGreaterThan(1)
    } finally {
      isOver = true
      await Promise.allSettled(loads)
      await stack.remove()
    }
  },
  (seconds + 180) * 1000,
)
