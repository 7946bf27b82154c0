import { type HostSummary, hostFacets, hostSorts, hostsPage, severityOf } from '@graftwatch/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMovingReport, aPatch, aTask } from '../../../packages/contract/test/a-report.ts'
import { type Api, enroll, problemOf, signIn, startApi, store, type TestHost } from './api.ts'

let api: Api
let session: { cookie: string }
const fleet: (TestHost & { name: string; env: string; tier: string; kernel: string })[] = []
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

const envs = ['prod', 'staging']
const tiers = ['db', 'web', 'cache']
const kernels = ['6.4.0-150600.23.25-default', '6.4.0-150600.23.30-default', '5.14.0-427.el9']

beforeAll(async () => {
  api = await startApi()
  session = await signIn(api)
  for (let index = 0; index < 36; index += 1) {
    const name = `${tiers[index % 3]}-${String(index).padStart(2, '0')}`
    const env = envs[index % 2] ?? 'prod'
    const tier = tiers[index % 3] ?? 'db'
    const kernel = kernels[index % kernels.length] ?? ''
    const host = await enroll(api, { hostname: name })
    const stuck = aMovingReport({
      startedAt: ago(900),
      progressAt: ago(800),
      blocking: [aTask({ firstSeenAt: ago(850) })],
    })
    const { patches, transition } = index % 6 === 0 ? stuck : { patches: [aPatch()], transition: null }
    await store(api, host, {
      collectedAt: ago(0),
      patches: index % 6 === 1 ? [] : patches,
      transition,
      host: {
        machineId: name,
        hostname: name,
        os: { id: 'sles', versionId: '15.6', name: 'SLES 15 SP6' },
        architecture: 'x86_64',
        labels: { env, tier, ...(index % 9 === 0 && { canary: '' }) },
      },
      kernel: {
        release: kernel,
        version: null,
        bootId: `boot-${index}`,
        bootedAt: ago(90_000),
        taint: 0,
        livepatchTaint: false,
      },
    })
    fleet.push({ ...host, name, env, tier, kernel })
  }
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url, headers: session })
const page = async (query: string) => {
  const answer = await get(`/v1/hosts?${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return hostsPage.parse(answer.json())
}
const names = async (query: string) =>
  (await page(`limit=200&${query}`)).items.map(({ hostname }) => hostname)

async function inPages(query: string): Promise<HostSummary[]> {
  const all: HostSummary[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { items, nextCursor } = await page(`limit=7&${query}${cursor && `&cursor=${cursor}`}`)
    all.push(...items)
    cursor = nextCursor
  }
  return all
}

describe('a filter', () => {
  test.each([
    [
      'selector=env=prod,tier in (db,cache)',
      (host: (typeof fleet)[number]) => host.env === 'prod' && host.tier !== 'web',
    ],
    [
      'selector=!canary,tier!=db',
      (host: (typeof fleet)[number], index: number) => index % 9 !== 0 && host.tier !== 'db',
    ],
    ['selector=canary', (_host: (typeof fleet)[number], index: number) => index % 9 === 0],
    ['selector=env notin (prod)', (host: (typeof fleet)[number]) => host.env !== 'prod'],
    ['kernel=6.4*', (host: (typeof fleet)[number]) => host.kernel.startsWith('6.4')],
    ['kernel=5.14.0-427.el9', (host: (typeof fleet)[number]) => host.kernel.startsWith('5.14')],
    ['kernel=6.4', () => false],
    ['patch=livepatch_12', (_host: (typeof fleet)[number], index: number) => index % 6 !== 1],
    ['patch=livepatch_1_', () => false],
    [
      'state=stuck&q=db',
      (host: (typeof fleet)[number], index: number) => index % 6 === 0 && host.tier === 'db',
    ],
    ['level=causes', () => true],
  ])('%s finds what it says, and the facets count as many', async (query, holds) => {
    const url = query.replaceAll(' ', '%20')
    const expected = fleet.filter((host, index) => holds(host, index)).map(({ name }) => name)
    expect((await names(url)).toSorted()).toEqual(expected.toSorted())
    expect(hostFacets.parse((await get(`/v1/hosts/facets?${url}`)).json())).toMatchObject({
      total: expected.length,
      exact: true,
    })
  })

  test('of a cause finds the hosts it holds', async () => {
    const { rows } = await api.pool.query<{ id: number }>(
      'select id from signature s join blocker b on b.signature_id = s.id limit 1',
    )
    expect(await names(`cause=${rows[0]?.id}`)).toHaveLength(6)
    expect(await names('cause=999')).toEqual([])
  })

  test('counts each facet without its own condition', async () => {
    const facets = hostFacets.parse((await get('/v1/hosts/facets?state=stuck&selector=env=prod')).json())
    const prod = fleet.filter(({ env }) => env === 'prod')
    expect(facets.state.reduce((sum, { n }) => sum + n, 0)).toBe(prod.length)
    expect(facets.kernel.reduce((sum, { n }) => sum + n, 0)).toBe(6)
    expect(facets.total).toBe(6)
    expect(facets.label.find(({ key }) => key === 'env')).toMatchObject({
      n: 6,
      values: [{ value: 'prod', n: 6 }],
    })
  })

  test.each([
    ['selector=env%3D%3D%3Dprod', '/selector'],
    ['selector=%2Cenv', '/selector'],
    ['flag=nonsense', '/flag/0'],
    ['cause=x', '/cause'],
    ['sort=-nonsense', '/sort'],
    ['knownAt=2026-01-01T00:00:00Z', '/knownAt'],
    ['columns=id', '/columns'],
  ])('%s is refused by its name', async (query, field) => {
    expect(problemOf(await get(`/v1/hosts?${query}`))).toMatchObject({ status: 400, fields: [field] })
  })
})

test('an instant that is none is refused by its name', async () => {
  expect(new Set(problemOf(await get('/v1/hosts?asOf=yesterday')).fields)).toEqual(new Set(['/asOf']))
})

describe('a sort', () => {
  const keyOf = {
    state: (host: HostSummary) => [severityOf(host.status.state), host.status.since],
    hostname: (host: HostSummary) => [host.hostname],
    since: (host: HostSummary) => [host.status.since],
    kernel: (host: HostSummary) => [host.kernelRelease ?? ''],
    patch: (host: HostSummary) => [host.patch ?? ''],
    lastSeen: (host: HostSummary) => [host.status.lastSeenAt ?? ''],
  }

  test.each(hostSorts.flatMap((sort) => [sort, `-${sort}`] as const))(
    'by %s has every host once, in order, whatever the size of the page',
    async (sort) => {
      const all = await inPages(`sort=${sort}`)
      expect(new Set(all.map(({ id }) => id)).size).toBe(fleet.length)
      expect(all).toHaveLength(fleet.length)
      const of = keyOf[sort.replace('-', '') as keyof typeof keyOf]
      const keys = all.map((host) => [...of(host), Number(host.id)])
      const compare = (a: (string | number)[], b: (string | number)[]): number => {
        const at = a.findIndex((value, index) => value !== b[index])
        return at === -1 ? 0 : (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1
      }
      const sorted = keys.toSorted((a, b) => (sort.startsWith('-') ? compare(b, a) : compare(a, b)))
      expect(keys).toEqual(sorted)
    },
  )

  test('refuses the cursor of another one', async () => {
    const { nextCursor } = await page('limit=1&sort=hostname')
    expect(problemOf(await get(`/v1/hosts?sort=kernel&cursor=${nextCursor}`)).fields).toEqual(['/cursor'])
  })

  test.each([
    ['hosts?sort=since', { sort: 'since', after: ['0000-01-01T00:00:00Z', '1'] }],
    ['hosts?sort=since', { sort: 'since', after: ['2026-01-01T00:00:00+23:59', '1'] }],
    ['hosts?sort=lastSeen', { sort: 'lastSeen', after: ['0000-01-01T00:00:00Z', '1'] }],
    ['hosts?sort=hostname', { sort: 'hostname', after: ['\u0000', '1'] }],
    ['hosts?sort=state', { sort: 'state', after: ['9999999999', '2026-01-01T00:00:00Z', '1'] }],
    ['patches?', [9999999999, '1']],
    ['transitions?', ['0000-01-01T00:00:00Z', '1']],
    ['hosts/1/timeline?', '9999999999999999999'],
  ])('refuses one that the database could not compare: %s %j', async (url, place) => {
    const cursor =
      typeof place === 'string' ? place : Buffer.from(JSON.stringify(place)).toString('base64url')
    const answer = await get(`/v1/${url}&cursor=${cursor}`)
    expect(problemOf(answer)).toMatchObject({ status: 400, fields: ['/cursor'] })
  })
})

test('a row carries its running transition, and its last day when asked', async () => {
  const { items } = await page('state=stuck&limit=1&include=ticks')
  expect(items[0]?.transition).toMatchObject({ direction: 'patching', remaining: 3 })
  expect(items[0]?.ticks).toMatch(/^-*4?0$/)
  expect((await page('state=stuck&limit=1')).items[0]?.ticks).toBeNull()
})
