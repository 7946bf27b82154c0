import {
  type HostReport,
  patchComparison,
  patchDetail,
  patchesPage,
  type ReportPatch,
} from '@graftwatch/contract'
import { checkCounters } from '@graftwatch/db/check-counters'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  aPatch,
  aReport,
  aTask,
} from '../../../packages/contract/test/a-report.ts'
import { type Api, createPerson, enroll, problemOf, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let session: { cookie: string }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'viewer')
  session = await signIn(api, { email: 'viewer@example.com', password: 'correct horse battery' })
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url, headers: session })
async function list(query = '') {
  const answer = await get(`/v1/patches${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return patchesPage.parse(answer.json())
}
const entry = async (name: string, build: string) =>
  (await list('?limit=200')).items.find((item) => item.name === name && item.build === build)
async function detail(id: string | undefined) {
  const answer = await get(`/v1/patches/${id}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return patchDetail.parse(answer.json())
}
async function compare(a: string | undefined, b: string | undefined) {
  const answer = await get(`/v1/patches/compare?a=${a}&b=${b}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return patchComparison.parse(answer.json())
}

const sequences = new Map<string, number>()
async function tell(host: TestHost, report: HostReport, kernel?: string): Promise<void> {
  const sequence = (sequences.get(host.id) ?? 0) + 1
  sequences.set(host.id, sequence)
  await store(api, host, {
    ...report,
    sequence,
    collectedAt: ago(0),
    kernel: { ...report.kernel, release: kernel ?? report.kernel.release },
  })
}
async function hostWith(report: HostReport, kernel?: string): Promise<TestHost> {
  const host = await enroll(api)
  await tell(host, report, kernel)
  return host
}
const withPatches = (...patches: Partial<ReportPatch>[]) => aReport({ patches: patches.map(aPatch) })

test('an empty fleet has no patches', async () => {
  expect(await list()).toMatchObject({ items: [], nextCursor: null, total: 0 })
})

describe('hosts with one patch', () => {
  const on: TestHost[] = []
  beforeAll(async () => {
    for (let index = 0; index < 5; index += 1)
      on.push(await hostWith(aMigratedReport(), index < 3 ? '6.4.0-a' : '6.4.0-b'))
    await hostWith(aMovingReport({ startedAt: ago(5) }))
    const blocking = [aTask({ firstSeenAt: ago(800) })]
    await hostWith(aMovingReport({ startedAt: ago(900), progressAt: ago(800), blocking }))
    await hostWith(
      aMovingReport(
        { startedAt: ago(5), direction: 'unpatching' },
        { patches: [aPatch({ enabled: false })] },
      ),
    )
    await hostWith(withPatches({ enabled: false, state: 'disabled' }))
    await hostWith(
      withPatches({
        objects: [
          { name: 'vmlinux', patched: true, loaded: true, functions: [{ name: 'pipe_read', position: 1 }] },
          { name: 'nf_tables', patched: false, loaded: false, functions: [] },
        ],
      }),
    )
  })

  test('each counts once, under what the patch does on it', async () => {
    const { items, total } = await list()
    expect(total).toBe(1)
    expect(items).toMatchObject([
      {
        mechanism: 'klp',
        name: 'livepatch_12',
        build: 'ABC123',
        on: 6,
        moving: 2,
        stuck: 1,
        off: 1,
        waiting: 1,
        kernelsTotal: 3,
      },
    ])
    expect(items[0]?.kernels.map(({ hosts }) => hosts)).toEqual([5, 3, 2])
  })

  test('hosts outside the fleet do not count, and those that return do', async () => {
    const before = await entry('livepatch_12', 'ABC123')
    await api.pool.query('update host set retired_at = now() where id = $1', [on[0]?.id])
    const after = await entry('livepatch_12', 'ABC123')
    expect(after).toMatchObject({ on: (before?.on ?? 0) - 1 })
    expect(after?.kernels).toContainEqual({ release: '6.4.0-a', hosts: 2 })
    await api.pool.query('update host set retired_at = null where id = $1', [on[0]?.id])
    expect(await entry('livepatch_12', 'ABC123')).toEqual(before)
  })

  test('a host that boots another kernel with the same patch counts there', async () => {
    const [host] = on
    if (!host) throw new Error('there is no host')
    await tell(host, aMigratedReport(), '6.4.0-b')
    const known = await entry('livepatch_12', 'ABC123')
    expect(known?.kernels).toContainEqual({ release: '6.4.0-a', hosts: 2 })
    expect(known?.kernels).toContainEqual({ release: '6.4.0-b', hosts: 3 })
  })

  test('what it changes is what the first host that had it said', async () => {
    const known = await entry('livepatch_12', 'ABC123')
    const other = aPatch({ objects: [], version: '9', cves: ['CVE-2026-1001'] })
    await hostWith(aReport({ patches: [other] }))
    expect(await detail(known?.id)).toMatchObject({
      objects: [{ name: 'vmlinux', functions: ['pipe_read'] }],
      version: null,
      cves: null,
    })
  })

  test('adoption ends at the number of hosts that are fully migrated with it now', async () => {
    const known = await entry('livepatch_12', 'ABC123')
    const { adoption } = await detail(known?.id)
    const { rows } = await api.pool.query<{ n: number }>(
      `select count(*)::int as n from host where state = 'migrated' and patch_id = $1`,
      [known?.id],
    )
    expect(adoption.at(-1)?.hosts).toBe(rows[0]?.n)
  })
})

test('adoption over years keeps its first and last point and at most 500', async () => {
  const known = await entry('livepatch_12', 'ABC123')
  const before = (await detail(known?.id)).adoption.at(-1)?.hosts ?? 0
  await api.pool.query(
    `insert into patch_adoption (patch_id, hour, shard, n)
     select $1, date_trunc('hour', now()) - n * interval '1 hour', 99, 1 from generate_series(1, 1300) as n`,
    [known?.id],
  )
  const { adoption } = await detail(known?.id)
  expect(adoption.length).toBeGreaterThan(450)
  expect(adoption.length).toBeLessThanOrEqual(500)
  expect(adoption[0]?.hosts).toBe(1)
  expect(adoption.at(-1)?.hosts).toBe(1300 + before)
  expect(adoption.map(({ hosts }) => hosts)).toEqual(
    adoption.map(({ hosts }) => hosts).toSorted((a, b) => a - b),
  )
  expect(adoption.map(({ at }) => at)).toEqual(adoption.map(({ at }) => at).toSorted())
})

describe('two builds', () => {
  const functions = (...names: string[]) => names.map((name, index) => ({ name, position: index + 1 }))
  beforeAll(async () => {
    const objects = [
      { name: 'vmlinux', patched: true, loaded: true, functions: functions('pipe_read', 'pipe_write') },
    ]
    await hostWith(
      withPatches({ name: 'lp', srcVersion: 'OLD', objects, cves: ['CVE-2026-0001', 'CVE-2026-0002'] }),
    )
    await hostWith(
      withPatches({
        name: 'lp',
        srcVersion: 'NEW',
        cves: ['CVE-2026-0002', 'CVE-2026-0003'],
        version: '2',
        package: 'kernel-livepatch',
        objects: [
          ...objects.map((object) => ({
            ...object,
            functions: functions('pipe_read', 'pipe_poll', 'pipe_poll'),
          })),
          { name: 'xfs', patched: true, loaded: true, functions: functions('pipe_write') },
        ],
      }),
    )
  })

  test('are compared by what they change, each function of each object', async () => {
    const [old, recent] = [await entry('lp', 'OLD'), await entry('lp', 'NEW')]
    expect(await compare(old?.id, recent?.id)).toMatchObject({
      a: { build: 'OLD', on: 1 },
      b: { build: 'NEW', on: 1 },
      onlyA: [{ object: 'vmlinux', name: 'pipe_write' }],
      onlyB: [
        { object: 'vmlinux', name: 'pipe_poll' },
        { object: 'xfs', name: 'pipe_write' },
      ],
      both: 1,
      cvesOnlyA: ['CVE-2026-0001'],
      cvesOnlyB: ['CVE-2026-0003'],
    })
    expect(await compare(old?.id, old?.id)).toMatchObject({ onlyA: [], onlyB: [], both: 2, cvesOnlyA: [] })
  })

  test('name each other as related, other builds of the same name first', async () => {
    const old = await entry('lp', 'OLD')
    const { related, version } = await detail(old?.id)
    expect(related[0]).toMatchObject({ name: 'lp', build: 'NEW', on: 1 })
    expect(related[1]).toMatchObject({ name: 'livepatch_12' })
    expect(version).toBeNull()
    expect(await detail((await entry('lp', 'NEW'))?.id)).toMatchObject({
      version: '2',
      package: 'kernel-livepatch',
    })
  })

  test('cannot be compared when of one nobody said what it changes', async () => {
    await hostWith(withPatches({ name: 'mute', srcVersion: 'M', objects: [] }))
    const [old, mute] = [await entry('lp', 'OLD'), await entry('mute', 'M')]
    expect(await compare(old?.id, mute?.id)).toMatchObject({
      onlyA: null,
      onlyB: null,
      both: null,
      cvesOnlyA: null,
      cvesOnlyB: null,
    })
  })
})

test('objects too long to keep are left out as a whole', async () => {
  const objects = Array.from({ length: 20 }, (_object, index) => ({
    name: `module_${index}`,
    patched: true,
    loaded: true,
    functions: Array.from({ length: 300 }, (_function, place) => ({
      name: `a_function_with_a_name_of_some_length_${index}_${place}`,
      position: 1,
    })),
  }))
  await hostWith(withPatches({ name: 'huge', srcVersion: 'H', objects, version: '7' }))
  expect(await detail((await entry('huge', 'H'))?.id)).toMatchObject({ objects: null, version: '7' })
})

test('a patch that nobody has any more stays, after the others; pages have no gap and no double', async () => {
  const host = await hostWith(withPatches({ name: 'gone', srcVersion: 'G' }))
  await tell(host, aReport())
  const seen: string[] = []
  let total = 0
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.items.map(({ name, build }) => `${name}@${build}`))
    cursor = page.nextCursor
    total = page.total
  }
  expect(seen).toHaveLength(total)
  expect(new Set(seen).size).toBe(total)
  expect(seen[0]).toBe('livepatch_12@ABC123')
  expect(seen.at(-1)).toBe('gone@G')
  expect((await list('?q=LIVEPATCH_')).items.map(({ name }) => name)).toEqual(['livepatch_12'])
})

test('the counters are what a recount says, also after hosts are gone', async () => {
  const [first] = [...sequences.keys()]
  await api.pool.query('delete from host where id = $1', [first])
  // The years of adoption above were made up.
  const byKernel = async () =>
    (await checkCounters(api.pool)).filter(({ counter }) => counter.includes(' kernel '))
  expect(await byKernel()).toEqual([])
  await api.pool.query('update patch_count set enabled = enabled + 1 where hosts > 0')
  const wrong = await byKernel()
  expect(wrong.length).toBeGreaterThan(0)
  expect(wrong.every(({ counter }) => counter.startsWith('enabled patch '))).toBe(true)
})

test.each([
  ['/v1/patches?cursor=nonsense', 400, 'INVALID_INPUT'],
  ['/v1/patches?limit=201', 400, 'INVALID_INPUT'],
  ['/v1/patches/x', 400, 'INVALID_INPUT'],
  ['/v1/patches/9999999999', 404, 'NOT_FOUND'],
  ['/v1/patches/compare?a=1', 400, 'INVALID_INPUT'],
  ['/v1/patches/compare?a=1&b=9999999999', 404, 'NOT_FOUND'],
])('%s is %i %s', async (url, status, code) => {
  expect(problemOf(await get(url))).toMatchObject({ status, code })
})
