import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMigratedReport } from '../../../packages/contract/test/a-report.ts'
import { expireHosts, freeSharedKernels } from '../src/sweep/membership.ts'
import { type Api, counts, enroll, heartbeat, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let session: { cookie: string }
beforeAll(async () => {
  api = await startApi()
  session = await signIn(api)
})
afterAll(() => api.close())

const read = async (url: string) => (await api.app.inject({ url, headers: session })).json()
const flagsOf = async (host: TestHost) => (await read(`/v1/hosts/${host.id}`)).status.flags
const kernel = (bootId: string) => ({ ...aMigratedReport().kernel, bootId })
const kindsOf = async (id: string) => {
  const { rows } = await api.pool.query<{ kind: string }>(
    'select kind from event where host_id = $1 order by id',
    [id],
  )
  return rows.map(({ kind }) => kind)
}

test('agents in containers of one kernel are one host, counted once, and the next one stands in when it goes', async () => {
  const [outer, inner] = [await enroll(api), await enroll(api)]
  const before = (await read('/v1/overview')).total
  for (const host of [outer, inner]) await store(api, host, { kernel: kernel('shared-boot') })
  expect(await flagsOf(outer)).toEqual([])
  expect(await flagsOf(inner)).toEqual(['sharedKernel'])
  expect(await kindsOf(inner.id)).toContain('shared-kernel')
  expect((await read('/v1/overview')).total).toBe(before - 1)
  const { counted, kept } = await counts(api.pool)
  expect(kept).toEqual(counted)

  await api.pool.query('delete from host where id = $1', [outer.id])
  expect(await freeSharedKernels(api.pool)).toBe(1)
  expect(await freeSharedKernels(api.pool)).toBe(0)
  expect(await flagsOf(inner)).toEqual([])
})

test('both heard first in one batch are still one kernel', async () => {
  const pair = [await enroll(api), await enroll(api)]
  await Promise.all(pair.map((host) => store(api, host, { kernel: kernel('batch-boot') })))
  const flags = await Promise.all(pair.map(flagsOf))
  expect(flags).toEqual([[], ['sharedKernel']])
})

test('a copied machine becomes a host of its own instead of one that flaps', async () => {
  const host = await enroll(api, { hostname: 'original' })
  const tell = async (sequence: number, bootId: string, hostname: string) =>
    await store(api, host, {
      sequence,
      kernel: kernel(bootId),
      host: { ...aMigratedReport().host, machineId: 'copied', hostname },
    })
  await tell(1, 'boot-a', 'original')
  await tell(2, 'boot-b', 'copy')
  await tell(3, 'boot-a', 'original')
  await tell(4, 'boot-b', 'copy')
  await tell(5, 'boot-a', 'original')
  const { items } = await read('/v1/hosts?sort=hostname&limit=200')
  const two = items.filter(({ hostname }: { hostname: string }) => ['original', 'copy'].includes(hostname))
  expect(two).toHaveLength(2)
  for (const { id } of two)
    expect((await kindsOf(id)).filter((kind) => kind === 'rebooted').length).toBeLessThanOrEqual(1)
  expect(await kindsOf(host.id)).toContain('cloned')
})

test('a silent host goes when the time its label allows has passed, and comes back when it speaks', async () => {
  const labels = { 'graftwatch.io/expires-after': '2h' }
  const make = async (hoursSilent: number, isByToken = true) => {
    const host = await enroll(api, { labels })
    if (isByToken) await api.pool.query('update host set token_labels = $2 where id = $1', [host.id, labels])
    await store(api, host, { host: { ...aMigratedReport().host, labels } })
    await api.pool.query(
      `update host_seen set silent = true, last_seen_at = now() - make_interval(hours => $2) where host_id = $1`,
      [host.id, hoursSilent],
    )
    await api.pool.query(`update host set last_state = state, state = 'silent' where id = $1`, [host.id])
    return host
  }
  const [gone, kept] = [await make(3), await make(1)]
  // Its own word alone does not take a host out of the fleet.
  await make(3, false)
  expect(await expireHosts(api.pool)).toBe(1)
  expect(await expireHosts(api.pool)).toBe(0)
  const retiredAt = async (host: TestHost) => (await read(`/v1/hosts/${host.id}`)).retiredAt
  const retired = await api.pool.query('select id::text from host where retired_at is not null')
  expect(retired.rows).toEqual([{ id: gone.id }])
  expect(await retiredAt(kept)).toBeNull()

  await heartbeat(api, gone)
  await expect.poll(async () => (await kindsOf(gone.id)).includes('returned')).toBe(true)
})

test('when the first of a shared kernel falls silent the next one speaks for it, and only one is ever counted', async () => {
  const [first, second] = [await enroll(api), await enroll(api)]
  for (const host of [first, second]) await store(api, host, { kernel: kernel('quiet-boot') })
  await api.pool.query(`update host set last_state = state, state = 'silent' where id = $1`, [first.id])
  await freeSharedKernels(api.pool)
  expect([await flagsOf(first), await flagsOf(second)]).toEqual([['sharedKernel'], []])
  expect(await freeSharedKernels(api.pool)).toBe(0)
  await store(api, first, { sequence: 2, kernel: kernel('quiet-boot') })
  await freeSharedKernels(api.pool)
  expect([await flagsOf(first), await flagsOf(second)]).toEqual([[], ['sharedKernel']])
  const { counted, kept } = await counts(api.pool)
  expect(kept).toEqual(counted)
})

test('one key makes at most eight hosts of alternating boots, and the history says that there were more', async () => {
  const host = await enroll(api, { hostname: 'alternating' })
  const total = async () => (await read('/v1/overview')).total
  await store(api, host, { sequence: 1, kernel: kernel('alt-0') })
  const before = await total()
  for (let round = 1; round <= 10; round += 1) {
    await store(api, host, { sequence: 3 * round - 1, kernel: kernel(`alt-${round}`) })
    await store(api, host, { sequence: 3 * round, kernel: kernel(`alt-${round - 1}`) })
  }
  expect(await total()).toBe(before + 8)
  const { rows } = await api.pool.query(
    `select from event where host_id = $1 and kind = 'cloned' and data ->> 'detail' like 'more machines%'`,
    [host.id],
  )
  expect(rows).toHaveLength(1)
})

test('a copied machine’s heartbeat is no word of the original', async () => {
  const host = await enroll(api, { hostname: 'beating' })
  const tell = (sequence: number, bootId: string) => store(api, host, { sequence, kernel: kernel(bootId) })
  await tell(1, 'beat-a')
  await tell(2, 'beat-b')
  await tell(3, 'beat-a')
  await api.pool.query(`update host_seen set last_seen_at = now() - interval '2 days' where host_id = $1`, [
    host.id,
  ])
  const answer = await heartbeat(api, host, { sequence: 4, stateHash: 'ffffffffffffffff' })
  expect(answer.json()).toMatchObject({ sendReport: true })
  await store(api, await enroll(api), {})
  const { rows } = await api.pool.query(
    `select last_seen_at < now() - interval '1 day' as old from host_seen where host_id = $1`,
    [host.id],
  )
  expect(rows).toEqual([{ old: true }])
})
