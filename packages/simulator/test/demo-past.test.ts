import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeDemoFleet } from '@graftwatch/db/demo'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Api, demoToken, startApi } from '../../../apps/api/test/api.ts'
import { giveDemoPast } from '../src/demo-past.ts'
import { hasDemoState, loadDemoState, saveDemoState } from '../src/demo-state.ts'
import { createFleet } from '../src/fleet.ts'
import { type Scene, scenes } from '../src/scenes/index.ts'

let api: Api
let stateDir: string
let lines: string[]

beforeEach(async () => {
  api = await startApi()
  stateDir = mkdtempSync(join(tmpdir(), 'graftwatch-demo-'))
  lines = []
})

afterEach(async () => {
  await api.close()
  rmSync(stateDir, { recursive: true, force: true })
})

const names = ['kvm-02', 'kvm-40', 'api-07', 'file-1', 'sensor-1', 'arc-2', 'db-9', 'pay-4']
const cast: Scene[] = scenes
  .map((scene) => ({
    ...scene,
    hosts: scene.hosts.filter(({ profile }) => names.includes(profile.hostname)),
  }))
  .filter((scene) => scene.hosts.length > 0)

const givePast = () =>
  giveDemoPast({ database: api.database.config, stateDir, log: (line) => lines.push(line), scenes: cast })

const rows = async <Row extends object>(text: string): Promise<Row[]> =>
  (await api.pool.query<Row>(text)).rows

/** With how many minutes before the demo began the state did. */
const stateOf = async (hostname: string) => {
  const [row] = await rows<{ state: string; lastState: string | null; since: Date }>(
    `select state, last_state as "lastState", state_since as since from host where hostname = '${hostname}'`,
  )
  const { epoch } = loadDemoState(stateDir, 0)
  return { ...row, minutes: Math.round((epoch - (row?.since.getTime() ?? 0)) / 60_000) }
}

test('a new demo gets two weeks of attempts, at their own times, and the states it then goes on with', async () => {
  await givePast()
  // The forcing of 02:14 UTC is past at any hour, if only just.
  const attempts = await rows<{ hostname: string; outcome: string | null; count: number }>(
    `select hostname, outcome, count(*)::int from attempt join host on host.id = host_id
     where started_at < now() - interval '1 hour' or outcome = 'forced' group by 1, 2 order by 1, 2`,
  )
  expect(attempts).toEqual([
    { hostname: 'api-07', outcome: 'completed', count: 3 },
    { hostname: 'arc-2', outcome: 'completed', count: 1 },
    { hostname: 'file-1', outcome: 'completed', count: 1 },
    { hostname: 'kvm-02', outcome: 'completed', count: 1 },
    { hostname: 'kvm-02', outcome: 'reversed', count: 3 },
    { hostname: 'kvm-40', outcome: 'completed', count: 2 },
    { hostname: 'pay-4', outcome: 'forced', count: 1 },
  ])
  expect(await stateOf('db-9')).toMatchObject({ state: 'stuck', minutes: 20 })
  expect(await stateOf('arc-2')).toMatchObject({
    state: 'silent',
    lastState: 'migrated',
    minutes: 26 * 60 - 3,
  })
  expect(await stateOf('pay-4')).toMatchObject({ state: 'migrated' })
})

test('blockers of the past have stacks, and were let go; silences began and ended', async () => {
  await givePast()
  const [writer] = await rows<{ minutes: number; stack: string[] }>(
    `select extract(epoch from released_at - first_seen_at)::int / 60 as minutes, detail -> 'stack' as stack
     from blocker join host on host.id = host_id where hostname = 'file-1'`,
  )
  expect(writer?.minutes).toBeGreaterThan(15)
  expect(writer?.stack).toContain('pipe_write')
  const silences = await rows<{ to: string }>(
    `select data ->> 'to' as to from event join host on host.id = host_id
     where host.hostname = 'sensor-1' and kind = 'state-changed' order by occurred_at`,
  )
  expect(silences.map(({ to }) => to)).toEqual(['silent', 'unsupported', 'silent', 'unsupported'])
})

test('the fleet goes on with the keys, sequences and boots of the past, and enrolls nobody again', async () => {
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  await givePast()
  const before = await rows<{ id: string; boot_id: string }>('select id, boot_id from host order by id')
  const stop = new AbortController()
  let second = 0
  const clock = {
    now: () => Date.now() + second * 1_000,
    async sleep() {
      second += 1
      if (second > 3) stop.abort()
    },
  }
  const fleet = createFleet({ url, token: demoToken, stateDir, signal: stop.signal, scenes: cast, clock })
  expect(await fleet.run()).toBe('stopped')
  expect(await rows('select id, boot_id from host order by id')).toEqual(before)
  const seldom = await rows<{ kind: string; count: number }>(
    `select kind, count(*)::int from event where kind in ('key-replaced', 'first-contact', 'late-report') group by 1`,
  )
  expect(seldom).toEqual([{ kind: 'first-contact', count: names.length }])
  const told = await rows<{ count: number }>(
    `select count(*)::int from event where kind = 'transition-completed'
     group by host_id, occurred_at, data ->> 'patch' having count(*) > 1`,
  )
  expect(told).toEqual([])
})

test('it is given once; an interrupted past is written anew; a removed demo gets none', async () => {
  await givePast()
  const [first] = await rows<{ max: string }>('select max(id)::text from host')
  await givePast()
  expect(lines).toHaveLength(2)

  const kept = loadDemoState(stateDir, 0)
  saveDemoState(stateDir, { ...kept, hosts: {}, isPastUnfinished: true })
  await givePast()
  expect(lines).toHaveLength(4)
  const [again] = await rows<{ min: string; count: number }>('select min(id)::text, count(*)::int from host')
  expect(again?.count).toBe(names.length)
  expect(Number(again?.min)).toBeGreaterThan(Number(first?.max))
  expect(loadDemoState(stateDir, 0).isPastUnfinished).toBeUndefined()

  await removeDemoFleet(api.pool)
  rmSync(join(stateDir, 'demo-hosts.json'))
  await givePast()
  expect(lines).toHaveLength(4)
  expect(hasDemoState(stateDir)).toBe(false)
})
