import { type BlockingTask, causeDetail, causesPage, type HostReport, hostsPage } from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  aPatch,
  aReport,
  aTask,
  bootId,
  release,
} from '../../../packages/contract/test/a-report.ts'
import { type Api, createPerson, enroll, problemOf, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let session: { cookie: string }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

beforeAll(async () => {
  api = await startApi()
  for (const role of ['viewer', 'operator'] as const) await createPerson(api, role)
  session = await signIn(api, { email: 'viewer@example.com', password: 'correct horse battery' })
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url, headers: session })
async function list(query = '') {
  const answer = await get(`/v1/blockers${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return causesPage.parse(answer.json())
}
async function detail(id: string | undefined) {
  const answer = await get(`/v1/blockers/${id}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return causeDetail.parse(answer.json())
}

const sequences = new Map<string, number>()
/** Tells of a host with this name and these labels what `report` says, read so many seconds ago. */
async function tell(
  host: TestHost,
  hostname: string,
  labels: Record<string, string>,
  report: HostReport,
  secondsAgo = 0,
): Promise<void> {
  const sequence = (sequences.get(host.id) ?? 0) + 1
  sequences.set(host.id, sequence)
  await store(api, host, {
    ...report,
    sequence,
    collectedAt: ago(secondsAgo),
    host: { ...report.host, hostname, labels },
  })
}

const held = (blocking: BlockingTask[]) =>
  aMovingReport({ startedAt: ago(3000), progressAt: ago(2900), blocking, remaining: blocking.length })
const billing = (secondsAgo: number, fields: Partial<BlockingTask> = {}) =>
  aTask({ firstSeenAt: ago(secondsAgo), ...fields })
const worker = (secondsAgo: number) =>
  aTask({
    pid: 33,
    tid: 33,
    comm: 'kworker/3:1',
    kind: 'kthread',
    unit: null,
    blockingFunction: 'nfs_wait',
    firstSeenAt: ago(secondsAgo),
  })

const hosts: TestHost[] = []
async function newHost(): Promise<TestHost> {
  const host = await enroll(api)
  hosts.push(host)
  return host
}

test('nothing holds anything in an empty fleet', async () => {
  expect(await list()).toMatchObject({ items: [], causes: 0, hosts: 0, view: null })
})

describe('three hosts held by one cause, one of them by an older one too', () => {
  beforeAll(async () => {
    const [first, second, third] = [await newHost(), await newHost(), await newHost()]
    await tell(first, 'db-1', { rack: 'r7', env: 'prod' }, held([billing(1000), billing(900, { tid: 171 })]))
    await tell(second, 'db-2', { rack: 'r7', env: 'test' }, held([billing(1500)]))
    await tell(third, 'db-3', { rack: 'r7', env: 'prod' }, held([billing(800), worker(2000)]))
    for (let index = 0; index < 4; index += 1)
      await tell(await newHost(), `web-${index}`, { rack: 'r1', env: 'prod' }, aMigratedReport())
  })

  test('a host counts once, under its oldest cause', async () => {
    const answer = await list()
    expect(answer).toMatchObject({ causes: 2, hosts: 3 })
    expect(answer.items).toMatchObject([
      {
        function: '__x64_sys_vfork',
        comm: 'billing',
        unit: 'billing.service',
        kind: 'user',
        direction: 'patching',
        cause: 'sleeping-in-patched-function',
        hosts: 2,
        alsoHolds: 1,
        withOthers: 0,
        patches: [{ name: 'livepatch_12', hosts: 3 }],
        cleared: null,
      },
      { function: 'nfs_wait', comm: 'kworker', kind: 'kthread', hosts: 1, alsoHolds: 0, withOthers: 1 },
    ])
    expect(answer.items.reduce((sum, { hosts: n }) => sum + n, 0)).toBe(answer.hosts)
  })

  test('the longest held come first, and what frees it is about the longest held task', async () => {
    const [first, second] = (await list()).items
    expect(first?.examples.map(({ hostname, state }) => [hostname, state])).toEqual([
      ['db-2', 'stuck'],
      ['db-1', 'stuck'],
      ['db-3', 'stuck'],
    ])
    expect(first?.oldestSince).toBe(first?.examples[0]?.since)
    expect(first?.newestSince).toBe(first?.examples[2]?.since)
    expect(first?.remedy.meaning).toMatch(/The parent waits for sh \(pid 171\)/)
    expect(first?.remedy.check).toBe('sudo cat /proc/170/stack')
    expect(second?.remedy.kernelSays).toMatch(/kworker\/3:1 \(kernel thread 33\)/)
  })

  test('what the held share and their peers do not is told', async () => {
    const { items } = await list()
    expect(await detail(items[0]?.id)).toMatchObject({
      cause: { hosts: 2, alsoHolds: 1 },
      comm: 'billing',
      shared: [{ kind: 'label', value: 'rack=r7', held: 3, peers: 0 }],
      comparedHeld: 3,
      comparedPeers: 4,
    })
    expect(await detail(items[1]?.id)).toMatchObject({ shared: [], comparedHeld: 1, comparedPeers: 4 })
  })

  test('a released task no longer counts, and the host falls to its next cause', async () => {
    const third = hosts[2]
    if (!third) throw new Error('there is no third host')
    await tell(third, 'db-3', { rack: 'r7' }, held([billing(800)]))
    const answer = await list()
    expect(answer).toMatchObject({ causes: 1, hosts: 3 })
    expect(answer.items).toMatchObject([{ hosts: 3, alsoHolds: 0 }])
  })

  test('hosts outside the fleet and members of a shared kernel do not count', async () => {
    await api.pool.query('update host set retired_at = now() where id = $1', [hosts[2]?.id])
    const owner = await newHost()
    const member = await newHost()
    const kernel = { ...aMigratedReport().kernel, release, bootId: `${bootId}-shared` }
    await tell(owner, 'owner', {}, aMigratedReport({ kernel }))
    await tell(member, 'member', {}, { ...held([billing(700)]), kernel })
    const answer = await list()
    expect(answer.hosts).toBe(2)
    expect(answer.items[0]?.examples.map(({ hostname }) => hostname)).toEqual(['db-2', 'db-1'])
    expect(await detail(answer.items[0]?.id)).toMatchObject({ comparedHeld: 2, shared: [] })
    await api.pool.query('update host set retired_at = null where id = $1', [hosts[2]?.id])
  })
})

test('how long it held others is told once twenty attempts completed', async () => {
  const { items } = await list()
  const vfork = items[0]?.id
  for (let index = 0; index < 20; index += 1) {
    const host = await newHost()
    await tell(host, `done-${index}`, {}, held([billing(600)]))
    await tell(host, `done-${index}`, {}, aMigratedReport())
    if (index === 18) expect((await list()).items[0]?.cleared).toBeNull()
  }
  const { cause: known } = await detail(vfork)
  expect(known?.cleared?.times).toBe(20)
  expect(known?.cleared?.medianSeconds).toBeGreaterThan(598)
  expect(known?.cleared?.medianSeconds).toBeLessThan(700)
})

describe('hosts whose load was taken back after 75 s', () => {
  const kvm: TestHost[] = []
  const vhost = (index: number, secondsAgo: number) =>
    aTask({
      pid: 2100 + index,
      tid: 2100 + index,
      comm: `vhost-${2100 + index}`,
      kind: 'kthread',
      state: 'R',
      unit: null,
      blockingFunction: 'vhost_worker',
      waitsFor: null,
      firstSeenAt: ago(secondsAgo),
    })
  const nudged = (secondsAgo: number) =>
    aTask({ tid: 900, comm: 'qemu', unit: 'qemu.service', firstSeenAt: ago(secondsAgo) })
  const before = aPatch({ name: 'livepatch_11', srcVersion: 'ABC122' })
  /** kpatch loads; a sleeper lets go, a kernel thread does not; 75 s later nothing but the older patch is there. */
  async function tryInVain(host: TestHost, index: number): Promise<void> {
    const labels = { pool: 'nfv' }
    const moving = (blocking: BlockingTask[], secondsAgo: number) =>
      tell(host, `kvm-${index}`, labels, aMovingReport({ startedAt: ago(75), blocking }), secondsAgo)
    await moving([nudged(74), vhost(index, 73 - index)], 50)
    await moving([vhost(index, 73 - index)], 30)
    await tell(host, `kvm-${index}`, labels, aReport({ patches: [before] }))
  }
  const vhostCause = async (query = '') => (await list(query)).items.find(({ comm }) => comm === 'vhost-N')

  beforeAll(async () => {
    for (const index of [1, 2, 3]) {
      const host = await newHost()
      kvm.push(host)
      await tryInVain(host, index)
    }
  })

  test('count under what held them to the end, once, though it has been released', async () => {
    const { items, hosts: total } = await list()
    expect(items.filter(({ comm }) => comm === 'qemu')).toEqual([])
    const cause = items.find(({ comm }) => comm === 'vhost-N')
    expect(cause).toMatchObject({
      function: 'vhost_worker',
      kind: 'kthread',
      hosts: 3,
      alsoHolds: 0,
      withOthers: 0,
      patches: [{ name: 'livepatch_12', hosts: 3 }],
      cleared: null,
    })
    expect(cause?.examples).toMatchObject([
      { hostname: 'kvm-1', state: 'failed' },
      { hostname: 'kvm-2', state: 'failed' },
      { hostname: 'kvm-3', state: 'failed' },
    ])
    expect(cause?.remedy.kernelSays).toMatch(/vhost-2101 \(kernel thread 2101\)/)
    const { rows } = await api.pool.query<{ since: Date }>(
      `select first_seen_at as since from blocker where host_id = $1 and tid = 2101`,
      [kvm[0]?.id],
    )
    expect(cause?.oldestSince).toBe(rows[0]?.since.toISOString())
    expect(items.reduce((sum, { hosts: n }) => sum + n, 0)).toBe(total)
  })

  test('share what their peers, on which the patch is on, do not; and are found by a search', async () => {
    const { id } = (await vhostCause()) ?? {}
    expect(await detail(id)).toMatchObject({
      cause: { hosts: 3 },
      shared: [{ kind: 'label', value: 'pool=nfv', held: 3, peers: 0 }],
      comparedHeld: 3,
    })
    expect((await get('/v1/search?q=vhost')).json()).toMatchObject({ causes: [{ id, comm: 'vhost-N' }] })
    expect((await get('/v1/search?q=qemu')).json()).toMatchObject({ causes: [] })
  })

  test('still count when they fall silent', async () => {
    await api.pool.query(
      `update host set state = 'silent', last_state = 'failed', reason = 'noWord' where id = $1`,
      [kvm[0]?.id],
    )
    expect(await vhostCause()).toMatchObject({ hosts: 3, examples: [{ state: 'silent' }, {}, {}] })
  })

  test('no longer count while they try again, once that completed, or after a boot', async () => {
    const [first, second, third] = [await newHost(), await newHost(), await newHost()]
    for (const [index, host] of [first, second, third].entries()) await tryInVain(host, 10 + index)
    expect(await vhostCause()).toMatchObject({ hosts: 6 })
    await tell(first, 'kvm-10', {}, aMovingReport({ startedAt: ago(2), remaining: 30 }))
    expect(await vhostCause()).toMatchObject({ hosts: 5 })
    await tell(second, 'kvm-11', {}, aMigratedReport())
    expect(await vhostCause()).toMatchObject({ hosts: 4 })
    const kernel = { ...aReport().kernel, bootId: 'another-boot', bootedAt: ago(1) }
    await tell(third, 'kvm-12', {}, aReport({ kernel, patches: [before] }))
    expect(await vhostCause()).toMatchObject({ hosts: 3 })
    await api.pool.query('update host set retired_at = now() where id = any($1)', [[first.id]])
  })
})

describe('as it was', () => {
  /** Everything that is known moves an hour into the past; nothing sleeps. */
  async function anHourPasses(): Promise<void> {
    for (const statement of [
      `update blocker set first_seen_at = first_seen_at - interval '1 hour', recorded_at = recorded_at - interval '1 hour',
         released_at = released_at - interval '1 hour', release_recorded_at = release_recorded_at - interval '1 hour'`,
      `update attempt set started_at = started_at - interval '1 hour', recorded_at = recorded_at - interval '1 hour',
         ended_at = ended_at - interval '1 hour', end_recorded_at = end_recorded_at - interval '1 hour'`,
      `update period set occurred_at = occurred_at - interval '1 hour', recorded_at = recorded_at - interval '1 hour'`,
    ])
      await api.pool.query(statement)
  }

  test('the same two instants have the same bytes, whatever becomes known later', async () => {
    const before = await list()
    await anHourPasses()
    const url = `/v1/blockers?asOf=${ago(1800)}&knownAt=${ago(1700)}`
    const then = await get(url)
    const known = causesPage.parse(then.json())
    expect(known.view).not.toBeNull()
    expect(known.now).toBe(known.view?.asOf)
    expect(known.hosts).toBe(before.hosts)
    expect(known.items).toMatchObject([
      {
        hosts: before.hosts - 3,
        cause: 'sleeping-in-patched-function',
        cleared: null,
        remedy: { check: null },
      },
      {
        comm: 'vhost-N',
        hosts: 3,
        patches: [{ name: 'livepatch_12', hosts: 3 }],
        examples: [{ state: 'failed' }, { state: 'failed' }, { state: 'failed' }],
      },
    ])

    const [first, second] = hosts
    if (!first || !second) throw new Error('there are no hosts')
    await tell(first, 'renamed-1', {}, aMigratedReport())
    const { rows: failed } = await api.pool.query<{ id: string }>(
      `select id::text from host where hostname = 'kvm-2'`,
    )
    const kvm = hosts.find(({ id }) => id === failed[0]?.id)
    if (!kvm) throw new Error('there is no failed host')
    await tell(kvm, 'kvm-2', {}, held([billing(9000, { tid: 98 })]), 60)
    await tell(kvm, 'kvm-2', {}, aMigratedReport())
    await tell(second, 'db-2', {}, held([billing(9000, { state: 'S', stack: null, tid: 99 })]))
    expect((await list()).hosts).toBeLessThan(before.hosts + 1)
    const removed = await api.app.inject({
      method: 'DELETE',
      url: `/v1/hosts/${hosts[2]?.id}`,
      headers: {
        ...(await signIn(api)),
        origin: 'http://localhost:3000',
      },
    })
    expect(removed.statusCode, removed.body).toBe(200)
    expect((await get(url)).body).toBe(then.body)
  })

  test('the list of hosts by cause agrees, now and then', async () => {
    for (const past of ['', `&asOf=${ago(1800)}&knownAt=${ago(1700)}`]) {
      const { items, hosts: total } = await list(`?${past}`)
      expect(total).toBeGreaterThan(0)
      for (const { id, hosts: n, alsoHolds } of items) {
        const answer = await get(`/v1/hosts?limit=200&cause=${id}${past}`)
        expect(hostsPage.parse(answer.json()).items).toHaveLength(n + alsoHolds)
      }
    }
    expect((await get('/v1/hosts?cause=9999999999')).statusCode).toBe(200)
  })

  test('what was not known yet, or not so yet, is not told', async () => {
    expect(await list(`?asOf=${ago(1800)}`)).toMatchObject({ hosts: 6 })
    expect(await list(`?asOf=${ago(1800)}&knownAt=${ago(7200)}`)).toMatchObject({ hosts: 0, items: [] })
    expect(await list(`?asOf=${ago(86_400)}`)).toMatchObject({ hosts: 0, items: [] })
  })

  test('a task that let go and holds again does not change what was true in between', async () => {
    const host = await newHost()
    const turned = aMovingReport({ startedAt: ago(3000), direction: 'unpatching', remaining: 9 })
    await tell(host, 'again-1', {}, held([billing(1000)]), 200)
    await tell(host, 'again-1', {}, turned, 150)
    await anHourPasses()
    const url = `/v1/blockers?asOf=${ago(1800)}`
    const between = causesPage.parse((await get(url)).json())
    const then = `${url}&knownAt=${between.view?.knownAt}`
    const bytes = (await get(then)).body
    // Its agent remembers it from before it let go.
    await tell(host, 'again-1', {}, held([billing(5000)]), 100)
    await tell(host, 'again-1', {}, held([billing(5000)]))
    const namesOf = (page: typeof between) =>
      page.items.flatMap(({ examples }) => examples.map(({ hostname }) => hostname))
    expect(namesOf(between)).not.toContain('again-1')
    expect((await get(then)).body).toBe(bytes)
    const { rows } = await api.pool.query(
      `select released_at is not null as released from blocker where host_id = $1 order by first_seen_at`,
      [host.id],
    )
    expect(rows).toEqual([{ released: true }, { released: false }])
    const [now] = (await list()).items
    expect(now?.hosts).toBeGreaterThan(1)
  })

  test.each([
    ['?knownAt=2026-11-01T00:00:00.000Z', '/knownAt'],
    ['?asOf=2026-11-01', '/asOf'],
    ['?asOf=2126-11-01T00:00:00.000Z', '/asOf'],
    ['?q=x', '/q'],
  ])('%s is refused by name', async (query, field) => {
    const { code, fields } = problemOf(await get(`/v1/blockers${query}`))
    expect(code).toBe('INVALID_INPUT')
    expect(new Set(fields)).toEqual(new Set([field]))
  })
})

test('a cause that never was is missing; one that holds nothing any more is still known', async () => {
  expect(problemOf(await get('/v1/blockers/9999999999'))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  expect(problemOf(await get('/v1/blockers/x'))).toMatchObject({ code: 'INVALID_INPUT', fields: ['/id'] })
  const { rows } = await api.pool.query<{ id: string }>(
    `select id::text from signature where function = 'nfs_wait' and direction = 'patching'`,
  )
  expect(await detail(rows[0]?.id)).toMatchObject({
    cause: null,
    comm: 'kworker',
    shared: [],
    comparedHeld: 0,
  })
})
