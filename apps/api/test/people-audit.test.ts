import type { AuditAction, AuditEntry } from '@graftwatch/contract'
import { parse } from 'csv-parse/sync'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, admin, baseUrl, demoToken, dump, enroll, signIn, startApi } from './api.ts'
import { aKey, aPerson, ask, type Headers, password } from './people-callers.ts'
import { routesOf } from './routes-of.ts'

let api: Api
let headers: Headers
beforeAll(async () => {
  api = await startApi()
  headers = await signIn(api)
})
afterAll(() => api.close())

interface Write {
  action: AuditAction
  /** Makes what the write needs, and says how to ask for it and what its entry names. */
  prepare: () => Promise<{ request: Omit<InjectOptions, 'method' | 'url'>; id?: string; subject: RegExp }>
  /** A body of which nothing may come; `nothing` where an id that is nobody's is enough. Null when there is no refusal. */
  refused: object | 'nothing' | null
}

const byAdmin = (payload?: object) => ({ headers, ...(payload && { payload }) })
const aSession = async () => {
  const person = await aPerson(api, headers, 'viewer')
  const { items } = await ask(api, person.headers, 'GET', '/v1/sessions')
  return { ...person, session: items[0].id as string }
}

const onAHost = async (payloadOf: (id: string) => object) => {
  const { id } = await enroll(api)
  return { request: byAdmin(payloadOf(id)), subject: new RegExp(`^host:${id}$`) }
}

let channels = 0
const aChannel = (fields: object = {}) => ({
  name: `ops-${++channels}`,
  // Nobody listens there.
  target: { type: 'webhook', url: 'http://127.0.0.1:9/' },
  allowPrivate: true,
  ...fields,
})
const onAChannel = async (payload?: object) => {
  const { id } = await ask(api, headers, 'POST', '/v1/channels', { payload: aChannel(), status: 201 })
  return { request: byAdmin(payload), id, subject: new RegExp(`^channel:${id}$`) }
}

let rules = 0
const aRule = (name: string) => ({
  name: `${name}-${++rules}`,
  condition: 'stuck',
  severity: 'ticket',
  forSeconds: 60,
  summary: '{{ hosts_text }} stuck',
})

const aSilence = () => ({ reason: 'planned', endsAt: new Date(Date.now() + 60_000).toISOString() })

const onAnAlert = async (payload: object) => {
  const { rows } = await api.pool.query<{ id: string }>(
    `insert into alert (rule_id, fingerprint, condition, severity, status, reason, labels, since, firing_at, evidence)
     select id, gen_random_uuid()::text, condition, severity, 'resolved', '', '{}', now(), now(),
       '{"host":"h","patch":null,"direction":null,"remaining":null,"total":null,"detail":null,"tries":null,"signalsByItself":null,"modules":[],"replaces":false,"signature":null}'
     from alert_rule where builtin = 'Stuck' returning id::text`,
  )
  const id = rows[0]?.id ?? ''
  return { request: byAdmin(payload), id, subject: new RegExp(`^alert:${id}$`) }
}

/** Every route by which a person or a program writes. One that is not here fails the walk below. */
const writes: Record<string, Write> = {
  'POST /v1/auth/sign-in/email': {
    action: 'session.create',
    prepare: async () => ({
      request: { headers: { origin: baseUrl }, payload: admin },
      subject: /^session:/,
    }),
    refused: { ...admin, password: 'not the password' },
  },
  'POST /v1/auth/sign-out': {
    action: 'session.end',
    prepare: async () => {
      const { session, headers: own } = await aSession()
      return {
        request: { headers: { ...own, origin: baseUrl } },
        subject: new RegExp(`^session:${session}$`),
      }
    },
    refused: null,
  },
  'POST /v1/me/password': {
    action: 'password.change',
    prepare: async () => {
      const person = await aPerson(api, headers, 'viewer')
      return {
        request: {
          headers: person.headers,
          payload: { currentPassword: password, newPassword: 'quite another password' },
        },
        subject: new RegExp(`^user:${person.id}$`),
      }
    },
    refused: { currentPassword: 'not the password', newPassword: 'quite another password' },
  },
  'DELETE /v1/sessions/:id': {
    action: 'session.end',
    prepare: async () => {
      const { session } = await aSession()
      return { request: byAdmin(), id: session, subject: new RegExp(`^session:${session}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/users': {
    action: 'user.create',
    prepare: async () => {
      const email = `audited-${Date.now()}-${Math.random()}@example.com`
      return { request: byAdmin({ email, name: 'Audited', role: 'viewer', password }), subject: /^user:/ }
    },
    refused: { email: admin.email, name: 'Taken', role: 'viewer', password },
  },
  'PATCH /v1/users/:id': {
    action: 'user.update',
    prepare: async () => {
      const { id } = await aPerson(api, headers, 'viewer')
      const request = byAdmin({ role: 'operator', name: 'Other', password: 'quite another password' })
      return { request, id, subject: new RegExp(`^user:${id}$`) }
    },
    refused: { role: 'operator' },
  },
  'DELETE /v1/users/:id': {
    action: 'user.remove',
    prepare: async () => {
      const { id } = await aPerson(api, headers, 'viewer')
      return { request: byAdmin(), id, subject: new RegExp(`^user:${id}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/enrollment-tokens': {
    action: 'enrollment-token.create',
    prepare: async () => ({
      request: byAdmin({ label: 'rack 7', labels: { env: 'prod' } }),
      subject: /^enrollment-token:\d+$/,
    }),
    refused: { label: '' },
  },
  'DELETE /v1/enrollment-tokens/:id': {
    action: 'enrollment-token.revoke',
    prepare: async () => {
      const payload = { label: 'rack 8' }
      const { id } = await ask(api, headers, 'POST', '/v1/enrollment-tokens', { payload, status: 201 })
      return { request: byAdmin(), id, subject: new RegExp(`^enrollment-token:${id}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/api-keys': {
    action: 'api-key.create',
    prepare: async () => ({
      request: byAdmin({ label: 'ci', scopes: ['fleet:read'] }),
      subject: /^api-key:\d+$/,
    }),
    refused: { label: 'ci', scopes: ['users:write'] },
  },
  'DELETE /v1/api-keys/:id': {
    action: 'api-key.revoke',
    prepare: async () => {
      const { id } = await aKey(api, headers, ['fleet:read'])
      return { request: byAdmin(), id, subject: new RegExp(`^api-key:${id}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/hosts/labels': {
    action: 'host.label',
    prepare: () => onAHost((id) => ({ hosts: { ids: [id] }, set: { env: 'prod' } })),
    refused: { hosts: { ids: ['1'] } },
  },
  'POST /v1/labels/import': {
    action: 'host.label',
    prepare: () => onAHost((id) => [{ host: id, labels: { env: 'prod' } }]),
    refused: [],
  },
  'POST /v1/hosts/retire': {
    action: 'host.retire',
    prepare: () => onAHost((id) => ({ hosts: { ids: [id] }, reason: 'sold' })),
    refused: { hosts: {} },
  },
  'POST /v1/hosts/return': {
    action: 'host.restore',
    prepare: async () => {
      const { id } = await enroll(api)
      const payload = { hosts: { ids: [id] } }
      await ask(api, headers, 'POST', '/v1/hosts/retire', { payload })
      return { request: byAdmin(payload), subject: new RegExp(`^host:${id}$`) }
    },
    refused: { hosts: {} },
  },
  'DELETE /v1/hosts/:id': {
    action: 'host.remove',
    prepare: async () => {
      const { id } = await enroll(api)
      return { request: byAdmin(), id, subject: new RegExp(`^host:${id}$`) }
    },
    refused: 'nothing',
  },
  'DELETE /v1/demo': {
    action: 'demo.remove',
    prepare: async () => ({ request: byAdmin(), subject: /^demo$/ }),
    refused: null,
  },
  'POST /v1/alerts/:id/acknowledge': {
    action: 'alert.acknowledge',
    prepare: () => onAnAlert({ note: 'on it' }),
    refused: { note: 7 },
  },
  'DELETE /v1/alerts/:id/acknowledge': {
    action: 'alert.unacknowledge',
    prepare: async () => {
      const prepared = await onAnAlert({})
      await api.pool.query('update alert set acknowledged_at = now() where id = $1', [prepared.id])
      return { ...prepared, request: byAdmin() }
    },
    refused: 'nothing',
  },
  'POST /v1/alerts/:id/comments': {
    action: 'alert.comment',
    prepare: () => onAnAlert({ text: 'asked the owner' }),
    refused: { text: '' },
  },
  'POST /v1/rules': {
    action: 'rule.create',
    prepare: async () => ({ request: byAdmin(aRule('Mine')), subject: /^rule:\d+$/ }),
    refused: { ...aRule('Mine'), selector: 'tier in' },
  },
  'PUT /v1/rules/:id': {
    action: 'rule.update',
    prepare: async () => {
      const { id } = await ask(api, headers, 'POST', '/v1/rules', { payload: aRule('Changed'), status: 201 })
      return { request: byAdmin(aRule('Changed-since')), id, subject: new RegExp(`^rule:${id}$`) }
    },
    refused: aRule('Nobody'),
  },
  'DELETE /v1/rules/:id': {
    action: 'rule.remove',
    prepare: async () => {
      const { id } = await ask(api, headers, 'POST', '/v1/rules', { payload: aRule('Gone'), status: 201 })
      return { request: byAdmin(), id, subject: new RegExp(`^rule:${id}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/silences': {
    action: 'silence.create',
    prepare: async () => ({ request: byAdmin(aSilence()), subject: /^silence:\d+$/ }),
    refused: { ...aSilence(), reason: '' },
  },
  'POST /v1/silences/:id/end': {
    action: 'silence.end',
    prepare: async () => {
      const { id } = await ask(api, headers, 'POST', '/v1/silences', { payload: aSilence(), status: 201 })
      return { request: byAdmin(), id, subject: new RegExp(`^silence:${id}$`) }
    },
    refused: 'nothing',
  },
  'POST /v1/drills': {
    action: 'drill.start',
    prepare: async () => {
      await api.pool.query(`update alert set status = 'resolved' where drill_ends_at is not null`)
      return { request: byAdmin({ seconds: 10 }), subject: /^alert:\d+$/ }
    },
    refused: { seconds: 0 },
  },
  'POST /v1/channels': {
    action: 'channel.create',
    prepare: async () => ({ request: byAdmin(aChannel()), subject: /^channel:\d+$/ }),
    refused: aChannel({ allowPrivate: false }),
  },
  'PUT /v1/channels/:id': {
    action: 'channel.update',
    prepare: () => onAChannel(aChannel()),
    refused: aChannel(),
  },
  'DELETE /v1/channels/:id': {
    action: 'channel.remove',
    prepare: () => onAChannel(),
    refused: 'nothing',
  },
  'POST /v1/channels/:id/test': {
    action: 'channel.test',
    prepare: () => onAChannel(),
    refused: 'nothing',
  },
  'POST /v1/deliveries/:id/resend': {
    action: 'delivery.resend',
    prepare: async () => {
      const { id: channel } = await onAChannel()
      // The older of two heartbeats, which is put aside instead of sent, so that nothing goes on behind the other tests.
      const { rows } = await api.pool.query<{ id: string }>(
        `insert into delivery (channel_id, kind, status, message)
         select $1, 'heartbeat', 'dead', '{"version":1,"kind":"heartbeat","at":"2026-11-26T00:00:00.000Z","alert":null}'
         from generate_series(1, 2) returning id::text`,
        [channel],
      )
      const id = rows[0]?.id ?? ''
      return { request: byAdmin(), id, subject: new RegExp(`^delivery:${id}$`) }
    },
    refused: 'nothing',
  },
}

/** Agents write what they read, with keys of their own; their hosts' histories tell it. The set-up has a test of its own. */
const told = [
  'POST /v1/enroll',
  'POST /v1/reports',
  'POST /v1/heartbeats',
  'POST /v1/setup',
  // Writes nothing: it answers what a rule would have done.
  'POST /v1/rules/dry-run',
]

const entries = async (): Promise<AuditEntry[]> =>
  (await ask(api, headers, 'GET', '/v1/audit?limit=200')).items
const latest = async (): Promise<string> => (await entries())[0]?.id ?? '0'
const since = async (id: string) => (await entries()).filter((each) => Number(each.id) > Number(id))

describe('every write of a person or a program', () => {
  test('is in this table', () => {
    const writing = routesOf(api.app).filter((route) => !route.startsWith('GET '))
    expect(writing.sort()).toEqual([...Object.keys(writes), ...told].sort())
  })

  const split = (route: string, id = '') => {
    const [method = '', pattern = ''] = route.split(' ')
    return { method: method as 'POST', url: pattern.replace(':id', id) }
  }

  test.each(Object.entries(writes))(
    '%s leaves one entry, which names it and holds no secret',
    async (route, { action, prepare }) => {
      const { request, id, subject } = await prepare()
      const before = await latest()
      const answer = await api.app.inject({ ...split(route, id), ...request })
      expect(answer.statusCode, answer.body).toBeLessThan(300)
      const written = await since(before)
      expect(written).toHaveLength(1)
      const [entry] = written
      expect(entry).toMatchObject({ action, actor: { kind: 'user' }, address: '127.0.0.1' })
      expect(entry?.subject).toMatch(subject)
      const secrets = [
        password,
        'quite another password',
        ...answer.body.matchAll(/(?:gw[ek]|whsec)_[^"]{40,}/g),
      ]
      for (const secret of secrets) expect(JSON.stringify(entry)).not.toContain(String(secret))
    },
  )

  test.each(Object.entries(writes).filter(([, { refused }]) => refused !== null))(
    '%s leaves none when it is refused',
    async (route, { refused }) => {
      const before = await latest()
      const answer = await api.app.inject({
        ...split(route, '9999999'),
        headers: { ...headers, origin: baseUrl },
        ...(refused !== 'nothing' && refused !== null && { payload: refused }),
      })
      expect(answer.statusCode, answer.body).toBeGreaterThanOrEqual(400)
      expect(await since(before)).toEqual([])
    },
  )

  test.each(Object.entries(writes))(
    '%s writes nothing when its entry cannot be written',
    async (route, { prepare }) => {
      const { request, id } = await prepare()
      await api.pool.query(
        `create function refuse_entry() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
       create trigger refuse_entry before insert on audit_entry execute function refuse_entry()`,
      )
      try {
        const before = await dump(api.pool)
        const answer = await api.app.inject({ ...split(route, id), ...request })
        expect(answer.statusCode, answer.body).toBeGreaterThanOrEqual(500)
        expect(await dump(api.pool)).toEqual(before)
      } finally {
        await api.pool.query('drop function refuse_entry() cascade')
      }
    },
  )
})

test('setting up is two writes, by nobody and by the first admin', async () => {
  const setupCode = 'the-code-that-was-printed'
  const own = await startApi({ admin: null, setupCode })
  const payload = { code: setupCode, ...admin, name: 'First' }
  expect((await own.app.inject({ method: 'POST', url: '/v1/setup', payload })).statusCode).toBe(200)
  const { items } = await ask(own, await signIn(own), 'GET', '/v1/audit')
  expect(items.map(({ action, actor }: AuditEntry) => [action, actor.kind, actor.name])).toEqual([
    ['session.create', 'user', 'First'],
    ['session.create', 'user', 'First'],
    ['user.create', 'system', 'Graftwatch'],
  ])
  await own.close()
})

test('removing the demo says how many hosts went', async () => {
  await api.pool.query(`delete from enrollment_token where label = 'demo removed'`)
  await enroll(api, { token: demoToken })
  await ask(api, headers, 'DELETE', '/v1/demo')
  expect((await entries())[0]).toMatchObject({ action: 'demo.remove', data: { hosts: 1 } })
})

test('a change names what it changed, from what to what', async () => {
  const { id } = await aPerson(api, headers, 'viewer')
  const payload = { role: 'operator', name: 'Renamed' }
  await ask(api, headers, 'PATCH', `/v1/users/${id}`, { payload })
  expect((await entries())[0]?.data).toEqual({
    role: { from: 'viewer', to: 'operator' },
    name: { from: expect.any(String), to: 'Renamed' },
  })
})

test('what a key writes is told of the key', async () => {
  const key = await aKey(api, headers, ['enrollment-tokens:write'])
  const payload = { label: 'by a program' }
  await ask(api, key.headers, 'POST', '/v1/enrollment-tokens', { payload, status: 201 })
  expect((await entries())[0]?.actor).toEqual({ kind: 'key', id: `key:${key.id}`, name: 'nightly' })
})

test('the log is read newest first, page by page, by actor and by action', async () => {
  const everything = await entries()
  const seen: string[] = []
  let cursor = ''
  do {
    const page = await ask(api, headers, 'GET', `/v1/audit?limit=7${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.items.map(({ id }: AuditEntry) => id))
    cursor = page.nextCursor
  } while (cursor)
  expect(seen.slice(0, everything.length)).toEqual(everything.map(({ id }) => id))
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(b) - Number(a)))

  const actions = await ask(api, headers, 'GET', '/v1/audit?action=api-key.create')
  expect(new Set(actions.items.map(({ action }: AuditEntry) => action))).toEqual(new Set(['api-key.create']))
  const actor = everything.find((each) => each.actor.kind === 'key')?.actor.id
  const { items } = await ask(api, headers, 'GET', `/v1/audit?actor=${encodeURIComponent(actor ?? '')}`)
  expect(items.length).toBeGreaterThan(0)
  expect(items.every((each: AuditEntry) => each.actor.id === actor)).toBe(true)
  await ask(api, headers, 'GET', '/v1/audit?action=nothing.known', { status: 400 })
})

test('all of it comes as CSV, over every page, and no cell is a formula', async () => {
  await api.pool.query(
    `insert into audit_entry (actor_kind, actor_name, action, subject)
     select 'system', '=1+1', 'host.remove', 'host:' || n from generate_series(1, 2500) n`,
  )
  const answer = await api.app.inject({ url: '/v1/audit?format=csv&limit=3', headers })
  expect(answer.statusCode, answer.body.slice(0, 200)).toBe(200)
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  const rows: Record<string, string>[] = parse(answer.body, { columns: true })
  const { rows: counted } = await api.pool.query('select count(*)::int as n from audit_entry')
  expect(rows).toHaveLength(counted[0].n)
  expect(rows[0]).toMatchObject({ actor: "'=1+1", action: 'host.remove', subject: 'host:2500', data: '{}' })
  const one = await api.app.inject({ url: '/v1/audit?format=csv&action=demo.remove', headers })
  const some: Record<string, string>[] = parse(one.body, { columns: true })
  expect(new Set(some.map(({ action }) => action))).toEqual(new Set(['demo.remove']))
})

test('what was written down stays: nobody changes or deletes it, but retention', async () => {
  for (const statement of [
    `update audit_entry set actor_name = 'somebody else'`,
    'delete from audit_entry',
    'truncate audit_entry',
  ])
    await expect(api.pool.query(statement)).rejects.toThrow('append-only')
  const client = await api.pool.connect()
  await client.query(`begin; set local graftwatch.audit_retention = 'on'`)
  expect((await client.query(`delete from audit_entry where at < now() - interval '1 year'`)).rowCount).toBe(
    0,
  )
  await client.query('rollback')
  client.release()
})
