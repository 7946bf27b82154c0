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
    const hosts = await Promise.all(['many-1', 'many-2', 'many-3'].map((name) => aHost(name)))
    await send('/v1/hosts/labels', { hosts: { ids: [hosts[0]?.id] }, set: { wave: '1' } })
    const answer = await send('/v1/hosts/labels', { hosts: { filter: { q: 'many-' } }, set: { wave: '1' } })
    expect(answer.json()).toEqual({ matched: 3, changed: 2 })
    const again = await send('/v1/hosts/labels', { hosts: { filter: { q: 'many-' } }, set: { wave: '1' } })
    expect(again.json()).toEqual({ matched: 3, changed: 0 })
    const { rows } = await api.pool.query(
      `select data -> 'hosts' as hosts from audit_entry where action = 'host.label' order by id desc limit 2`,
    )
    expect(rows.map(({ hosts: told }) => Object.values(told))).toEqual([['wave=1', 'wave=1'], ['wave=1']])
  })

  test('before the first report keeps what the host enrolled with', async () => {
    const host = await enroll(api, { hostname: 'fresh-1', labels: { env: 'prod' } })
    await send('/v1/hosts/labels', { hosts: { ids: [host.id] }, set: { team: 'core' } })
    expect(await labelsOf(host)).toEqual({ env: 'prod', team: 'core' })
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

  test.each(['', 'name,env\na,b\n', 'host,env\n"a,b\n', 'host,bad key\ninv-1,x\n'])(
    '%j is refused',
    async (csv) => {
      const answer = await send('/v1/labels/import', csv, { 'content-type': 'text/csv' })
      expect(problemOf(answer).status).toBe(400)
    },
  )
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
