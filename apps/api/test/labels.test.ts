import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Api,
  createPerson,
  enroll,
  heartbeat,
  problemOf,
  signIn,
  startApi,
  store,
  type TestHost,
} from './api.ts'

let api: Api
let session: { cookie: string }
beforeAll(async () => {
  api = await startApi()
  await createPerson(api, 'operator')
  session = await signIn(api, { email: 'operator@example.com', password: 'correct horse battery' })
})
afterAll(() => api.close())

const send = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url,
    payload: payload as object,
    headers: { ...session, origin: 'http://localhost:3000', 'content-type': 'application/json', ...headers },
  })
const read = async (url: string) => (await api.app.inject({ url, headers: session })).json()
const labelsOf = async (host: TestHost) => (await read(`/v1/hosts/${host.id}`)).labels
const agentSays = (hostname: string, labels: Record<string, string>) => ({
  host: {
    machineId: hostname,
    hostname,
    os: { id: null, versionId: null, name: null },
    architecture: null,
    labels,
  },
})

async function aHost(hostname: string, labels: Record<string, string> = { env: 'prod' }): Promise<TestHost> {
  const host = await enroll(api, { hostname, labels })
  await store(api, host, agentSays(hostname, labels))
  return host
}

describe('a label that an operator sets', () => {
  test('overrules the agent, survives its next report, and gives way when it is removed', async () => {
    const host = await aHost('own-1')
    const set = { env: 'staging', team: 'core' }
    const answer = await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, set })
    expect(answer.json()).toEqual({ matched: 1, changed: 1 })
    await store(api, host, { ...agentSays('own-1', { env: 'prod', zone: 'a' }), sequence: 2 })
    expect(await labelsOf(host)).toEqual({ env: 'staging', team: 'core', zone: 'a' })

    await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, remove: ['env'] })
    expect(await labelsOf(host)).toEqual({ env: 'prod', team: 'core', zone: 'a' })
    const { rows } = await api.pool.query(
      `select data ->> 'detail' as detail from event where host_id = $1 and kind = 'labels-changed' order by id`,
      [host.id],
    )
    expect(rows).toEqual([{ detail: 'env=staging, team=core' }, { detail: '-env' }])
  })

  test('reaches all that match a filter, and only those that change are counted and audited', async () => {
    const hosts = [await aHost('many-1'), await aHost('many-2'), await aHost('many-3')]
    await send('/v1/hosts/labels', { hosts: { ids: [hosts[0]?.id] }, set: { wave: '1' } })
    const answer = await send('/v1/hosts/labels', { hosts: { filter: { q: 'many-' } }, set: { wave: '1' } })
    expect(answer.json()).toEqual({ matched: 3, changed: 2 })
    const again = await send('/v1/hosts/labels', { hosts: { filter: { q: 'many-' } }, set: { wave: '1' } })
    expect(again.json()).toEqual({ matched: 3, changed: 0 })
    const { rows } = await api.pool.query(
      `select data from audit_entry where action = 'host.label' order by id desc limit 2`,
    )
    const [one, ...others] = hosts.map(({ id }) => id)
    expect(rows.map(({ data }) => data)).toEqual([
      { changes: [{ labels: 'wave=1', hosts: others }] },
      { changes: [{ labels: 'wave=1', hosts: [one] }] },
    ])
  })

  test('before the first report keeps what the host enrolled with', async () => {
    const host = await enroll(api, { hostname: 'fresh-1', labels: { env: 'prod' } })
    await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, set: { team: 'core' } })
    expect(await labelsOf(host)).toEqual({ env: 'prod', team: 'core' })
  })

  test('of a name that every object has is a label like any other', async () => {
    const host = await enroll(api, { hostname: 'named-1', labels: { constructor: 'x', keep: 'y' } })
    await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, set: { toString: 'z' } })
    expect(await labelsOf(host)).toEqual({ constructor: 'x', keep: 'y', toString: 'z' })
    await send('/v1/labels/import', [{ host: 'named-1', labels: { constructor: 'own' } }])
    await store(api, host, agentSays('named-1', { constructor: 'x', keep: 'y' }))
    expect(await labelsOf(host)).toEqual({ constructor: 'own', keep: 'y', toString: 'z' })
    await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, remove: ['constructor'] })
    expect(await labelsOf(host)).toEqual({ constructor: 'x', keep: 'y', toString: 'z' })
  })

  test('is told in the history and the audit log in 500 characters', async () => {
    const host = await aHost('long-1')
    const set = Object.fromEntries(many(64).map((key) => [`${'p'.repeat(200)}.example.com/${key}`, 'v']))
    expect((await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, set })).statusCode).toBe(200)
    const { rows } = await api.pool.query(
      `select length(data #>> '{changes,0,labels}') as length from audit_entry where subject = $1`,
      [`host:${host.id}`],
    )
    expect(rows).toEqual([{ length: 500 }])
  })

  test.each([
    [{ hosts: { ids: [] }, set: { a: 'b' } }, '/hosts/ids'],
    [{ hosts: { ids: ['1'] } }, '/set'],
    [{ hosts: { ids: ['1'] }, set: { 'bad key': 'x' } }, '/set/bad key'],
    [{ hosts: { filter: { selector: 'a==,' } }, set: { a: 'b' } }, '/selector'],
  ])('%j is refused', async (payload, field) => {
    expect(problemOf(await send('/v1/hosts/labels', payload)).fields).toContain(field)
  })
})

const many = (count: number, prefix = 'l') => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
const labeled = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, 'x']))

describe('a host with many labels', () => {
  test('has those of its token, its agent and operators together, and every list still answers', async () => {
    const token = await send('/v1/enrollment-tokens', { label: 'many', labels: labeled(many(64, 't')) })
    const host = await enroll(api, { token: token.json().token, labels: labeled(many(64, 'a')) })
    await store(api, host, agentSays('crowded-1', labeled(many(64, 'a'))))
    const hosts = { ids: [host.id] }
    expect((await send('/v1/hosts/labels', { hosts, set: labeled(many(64, 'o')) })).json().changed).toBe(1)
    expect(Object.keys(await labelsOf(host))).toHaveLength(192)
    expect((await read('/v1/hosts?q=crowded-1')).items).toMatchObject([
      { labels: { t0: 'x', a0: 'x', o0: 'x' } },
    ])
    expect((await read('/v1/overview')).total).toBeGreaterThan(0)
  })

  test('gets no more than 64 from operators, and can have fewer again', async () => {
    const host = await aHost('full-1')
    const hosts = { ids: [host.id] }
    await send('/v1/hosts/labels', { hosts, set: labeled(many(64)) })
    const answer = problemOf(await send('/v1/hosts/labels', { hosts, set: { more: 'x' } }))
    expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT', fields: ['/set'] })
    expect(answer.detail).toContain('full-1')
    const swap = await send('/v1/hosts/labels', { hosts, set: { more: 'x' }, remove: ['l0'] })
    expect(swap.json()).toEqual({ matched: 1, changed: 1 })

    // As a database may hold them from before there was a limit.
    await api.pool.query('update host set set_labels = set_labels || $2::jsonb where id = $1', [
      host.id,
      JSON.stringify(labeled(many(40, 'old'))),
    ])
    const fewer = await send('/v1/hosts/labels', { hosts, set: { more: 'y' }, remove: ['old0'] })
    expect(fewer.json()).toEqual({ matched: 1, changed: 1 })
  })
})

describe('an inventory', () => {
  test('as CSV labels hosts by name, says which it does not know, and an empty cell changes nothing', async () => {
    const [a, b] = [await aHost('inv-1', {}), await aHost('inv-2', { env: 'prod' })]
    await aHost('twice')
    await aHost('twice')
    const csv = '\ufeffhost,env,team\ninv-1,staging,core\r\ninv-2,,db\nnobody,x,y\ntwice,x,y\n'
    const answer = await send('/v1/labels/import', csv, { 'content-type': 'text/csv' })
    expect(answer.json()).toEqual({
      rows: 4,
      changed: 2,
      unknown: ['nobody'],
      ambiguous: ['twice'],
      unknownTotal: 1,
      ambiguousTotal: 1,
    })
    expect(await labelsOf(a)).toEqual({ env: 'staging', team: 'core' })
    expect(await labelsOf(b)).toEqual({ env: 'prod', team: 'db' })
  })

  test('gives a host 64 labels at most, in one row or in many', async () => {
    const host = await aHost('full-2', {})
    const rows = many(65).map((key) => ({ host: 'full-2', labels: { [key]: 'x' } }))
    const answer = problemOf(await send('/v1/labels/import', rows))
    expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT' })
    expect(answer.detail).toContain('full-2')
    const wide = [{ host: 'full-2', labels: labeled(many(65)) }]
    expect(problemOf(await send('/v1/labels/import', wide)).fields).toEqual(['/0/labels'])
    expect((await send('/v1/labels/import', rows.slice(1))).json()).toMatchObject({ rows: 64, changed: 1 })
    expect(await labelsOf(host)).toEqual(labeled(many(65).slice(1)))
  })

  test.each([
    '',
    'host,__proto__\ninv-1,x\n',
    'name,env\na,b\n',
    'host,env\n"a,b\n',
    'host,bad key\ninv-1,x\n',
  ])('%j is refused', async (csv) => {
    const answer = await send('/v1/labels/import', csv, { 'content-type': 'text/csv' })
    expect(problemOf(answer).status).toBe(400)
  })
})

describe('a retired host', () => {
  const countOf = async () => (await read('/v1/overview')).total

  test('is out of the fleet, in the list of the retired, and back with its next heartbeat', async () => {
    const host = await aHost('old-1')
    const before = await countOf()
    const answer = await send('/v1/hosts/retire', { hosts: { ids: [host.id] }, reason: 'decommissioned' })
    expect(answer.json()).toEqual({ changed: 1 })
    expect(await countOf()).toBe(before - 1)
    expect((await read('/v1/hosts?q=old-1')).items).toEqual([])
    expect((await read('/v1/hosts?q=old-1&retired=true')).items).toMatchObject([{ hostname: 'old-1' }])

    expect((await heartbeat(api, host, { stateHash: '00000000000000aa' })).statusCode).toBe(200)
    const back = async () => (await read('/v1/hosts?q=old-1')).items.length === 1
    await expect.poll(back).toBe(true)
    const { rows } = await api.pool.query(
      `select kind from event where host_id = $1 and kind in ('retired', 'returned') order by id`,
      [host.id],
    )
    expect(rows).toEqual([{ kind: 'retired' }, { kind: 'returned' }])
    expect(await countOf()).toBe(before)
  })
})

describe('an export', () => {
  test('holds every row of the list, as CSV that no spreadsheet runs and as JSON', async () => {
    await aHost('=cmd-1')
    const list = (await read('/v1/hosts?limit=200&sort=hostname')).items
    const csv = await api.app.inject({
      url: '/v1/hosts/export?format=csv&sort=hostname&columns=hostname,state',
      headers: session,
    })
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="graftwatch-hosts-.*\.csv"$/)
    const lines = csv.body.trim().split('\n')
    expect(lines[0]).toBe('hostname,state')
    expect(lines.slice(1).map((line) => line.split(',')[0]?.replace(/^'/, ''))).toEqual(
      list.map(({ hostname }: { hostname: string }) => hostname),
    )
    expect(csv.body).toContain("'=cmd-1")
    const json = await api.app.inject({ url: '/v1/hosts/export?format=json&sort=hostname', headers: session })
    expect(JSON.parse(json.body).map(({ hostname }: { hostname: string }) => hostname)).toEqual(
      list.map(({ hostname }: { hostname: string }) => hostname),
    )
    const none = await api.app.inject({
      url: '/v1/hosts/export?format=json&q=nothing-like-it',
      headers: session,
    })
    expect(JSON.parse(none.body)).toEqual([])
  })

  test('that is refused is a problem, not half a file', async () => {
    const answer = await api.app.inject({ url: '/v1/hosts/export?format=csv&selector=,', headers: session })
    expect(problemOf(answer).fields).toEqual(['/selector'])
  })
})
