import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heartbeat } from '@graftwatch/contract/enroll'
import { hostReport } from '@graftwatch/contract/report'
import { afterEach, expect, test } from 'vitest'
import { createAgent } from '../src/agent.ts'
import { createDelivery, requestEnrollment } from '../src/delivery.ts'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { openStateDirectory } from '../src/state-dir.ts'
import { type Answer, calm, type FakeServer, type Received, startServer } from './fake-server.ts'
import { createTree, patch, task } from './host-tree.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** An agent on a small host with one patch, against a server that answers as told. Its clock is moved by hand. */
async function anAgent(answer: (request: Received, index: number) => Answer = () => calm) {
  const server: FakeServer = await startServer(answer)
  const directory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
  const tree = createTree(patch(1, 0))
  cleanups.push(
    () => server.close(),
    tree.remove,
    () => rmSync(directory, { recursive: true }),
  )
  const clock = { ms: Date.parse('2026-11-23T09:00:00Z') }
  const now = () => clock.ms
  const start = () =>
    createAgent({
      reader: createReader({ files: hostFiles(tree.root), labels: { env: 'test' }, now }),
      delivery: createDelivery(server.url, 'the-key'),
      state: openStateDirectory(directory),
      clock: { wall: now, steady: now, uptime: now },
      intervalSeconds: 60,
      random: () => 0,
    })
  return { server, tree, clock, start, agent: start(), directory }
}

const paths = (server: FakeServer) => server.received.map(({ path }) => path)
const moving = {
  ...patch(1, 1),
  ...task(1, { patchState: '1' }),
  ...task(2, { patchState: '0', kthread: true }),
}

test('the first contact is a report, valid, packed and under the host key; then heartbeats while nothing changes', async () => {
  const { server, agent, clock } = await anAgent()
  expect(await agent.step()).toMatchObject({ waitMs: 60_000, inTransition: false, isSettled: true })
  clock.ms += 60_000
  await agent.step()
  expect(paths(server)).toEqual(['/v1/reports', '/v1/heartbeats'])
  const [report, beat] = server.received
  expect(report?.headers).toMatchObject({ authorization: 'Bearer the-key', 'content-encoding': 'gzip' })
  expect(hostReport.parse(report?.body).sequence).toBe(1)
  expect(heartbeat.parse(beat?.body)).toEqual({ sequence: 2, stateHash: report?.body.stateHash })
})

test('without a boot id nothing is reported, since it would be of a boot that nobody had', async () => {
  const { server, agent, tree, start } = await anAgent()
  const path = 'proc/sys/kernel/random/boot_id'
  tree.write({ [path]: '\n' })
  await expect(agent.step()).rejects.toThrow(`/${path} cannot be read`)
  expect(server.received).toEqual([])
  tree.write({ [path]: 'b\n' })
  await start().step()
  expect(server.received).toMatchObject([{ body: { kernel: { bootId: 'b' } } }])
})

test('a change is a report, and a transition is one at every step', async () => {
  const { server, agent, tree } = await anAgent()
  await agent.step()
  tree.write(moving)
  expect(await agent.step()).toMatchObject({ waitMs: 2000, inTransition: true })
  expect(await agent.step()).toMatchObject({ waitMs: 60_000, inTransition: true })
  expect(paths(server)).toEqual(['/v1/reports', '/v1/reports', '/v1/reports'])
})

test('a full report goes out once an hour even if nothing changed', async () => {
  const { server, agent, clock } = await anAgent()
  await agent.step()
  clock.ms += 3_600_000
  await agent.step()
  expect(paths(server)).toEqual(['/v1/reports', '/v1/reports'])
})

test('a server that does not know the state gets a report at once', async () => {
  const wants = (request: Received): Answer =>
    request.path === '/v1/heartbeats'
      ? { body: { nextIntervalSeconds: 60, sendReport: true, lastSequence: 0 } }
      : calm
  const { server, agent } = await anAgent(wants)
  await agent.step()
  await agent.step()
  expect(paths(server)).toEqual(['/v1/reports', '/v1/heartbeats', '/v1/reports'])
})

test('the sequence goes on after the server’s, and over a restart', async () => {
  const ahead = { body: { nextIntervalSeconds: 60, sendReport: false, lastSequence: 4000 } }
  const { server, agent, start } = await anAgent(() => ahead)
  await agent.step()
  await agent.step()
  expect(server.received.map(({ body }) => body.sequence)).toEqual([1, 4001])
  await start().step()
  expect(Number(server.received.at(-1)?.body.sequence)).toBeGreaterThan(4001)
})

test('the server names the interval, within 1 to 600 seconds', async () => {
  const named = [10, 0, 99_999].map((nextIntervalSeconds) => ({
    body: { nextIntervalSeconds, sendReport: false, lastSequence: 0 },
  }))
  const { agent } = await anAgent((_request, index) => named[index] ?? calm)
  expect((await agent.step()).waitMs).toBe(10_000)
  expect((await agent.step()).waitMs).toBe(1000)
  expect((await agent.step()).waitMs).toBe(600_000)
})

test('after a 503 the agent waits as long as it was told, goes on reading, and delivers in order', async () => {
  const { server, agent, tree, clock } = await anAgent((_request, index) =>
    index === 0 ? { status: 503, headers: { 'retry-after': '30' } } : calm,
  )
  expect(await agent.step()).toMatchObject({ waitMs: 60_000, deliverInMs: 30_000, isSettled: false })
  clock.ms += 29_000
  tree.write(patch(0, 0))
  await agent.step()
  expect(server.received).toHaveLength(1)
  clock.ms += 1000
  await agent.step()
  expect(server.received.map(({ body }) => body.sequence)).toEqual([1, 1, 2])
})

test('a server out of reach costs nothing but time', async () => {
  const { server, agent, clock } = await anAgent()
  await server.close()
  cleanups.shift()
  const { isSettled, deliverInMs } = await agent.step()
  expect({ isSettled, deliverInMs }).toEqual({ isSettled: false, deliverInMs: 1000 })
  clock.ms += 999
  expect(await agent.deliver()).toBe(1)
  clock.ms += 1
  expect(await agent.deliver()).toBe(2000)
})

test('a report the server refuses for good is dropped and counted', async () => {
  const { server, agent, tree } = await anAgent((_request, index) =>
    index === 0 ? { status: 422, body: { code: 'INVALID_INPUT' } } : calm,
  )
  expect(await agent.step()).toMatchObject({ isSettled: true })
  tree.write(patch(0, 0))
  await agent.step()
  expect(server.received.map(({ body }) => (body.agent as { dropped: number }).dropped)).toEqual([0, 1])
})

test('a key the server does not know ends the agent with what to do, and without the key', async () => {
  const { agent } = await anAgent(() => ({ status: 401, body: { code: 'HOST_KEY_UNKNOWN' } }))
  const failure = await agent.step().catch((error: Error) => error)
  expect(failure).toMatchObject({ exitCode: 2, message: expect.stringContaining('Enroll it again') })
  expect(String(failure)).not.toContain('the-key')
})

test('a key that was replaced on disk is taken up after a 401, without a report lost', async () => {
  const { server } = await anAgent(({ headers }) =>
    headers.authorization === 'Bearer new' ? calm : { status: 401, body: { code: 'HOST_KEY_UNKNOWN' } },
  )
  const delivery = createDelivery(server.url, 'old', { rereadKey: () => 'new' })
  const send = () => delivery.send({ path: '/v1/heartbeats', body: '{}' })
  expect((await send()).kind).toBe('answered')
  expect((await send()).kind).toBe('answered')
  const keys = server.received.map(({ headers }) => headers.authorization)
  expect(keys).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
})

test('with a state directory that takes nothing it says so once, and still reports', async () => {
  const { server, tree, clock } = await anAgent()
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  const now = () => clock.ms
  const agent = createAgent({
    reader: createReader({ files: hostFiles(tree.root), labels: {}, now }),
    delivery: createDelivery(server.url, 'the-key'),
    // Of /proc nobody can write, root included.
    state: openStateDirectory('/proc/self', log),
    clock: { wall: now, steady: now, uptime: now },
    intervalSeconds: 60,
    log,
  })
  await agent.step()
  tree.write(patch(0, 0))
  await agent.step()
  expect(server.received.map(({ path, body }) => [path, body.sequence])).toEqual([
    ['/v1/reports', 1],
    ['/v1/reports', 2],
  ])
  expect(lines.filter((line) => line.includes('state directory /proc/self'))).toHaveLength(1)
})

test('enrolling gives a key; a refused token says what to do and does not show the token', async () => {
  const enrolled = { hostId: '1', hostKey: 'k1', lastSequence: 7 }
  const { server } = await anAgent((_request, index) =>
    index === 0 ? { status: 201, body: enrolled } : { status: 403, body: { code: 'TOKEN_REVOKED' } },
  )
  const request = { token: 'secret-token', machineId: 'm', hostname: 'db-7', labels: {} }
  expect(await requestEnrollment(server.url, request)).toEqual(enrolled)
  expect(server.received[0]).toMatchObject({ path: '/v1/enroll', body: request })
  const failure = await requestEnrollment(server.url, request).catch((error: Error) => error)
  expect(failure).toMatchObject({ isTemporary: false, message: expect.stringContaining('403 TOKEN_REVOKED') })
  expect(String(failure)).not.toContain('secret-token')
})

const enrolling = { token: 't', machineId: 'm', hostname: 'db-7', labels: {} }

test('an answer is left after 64 KiB, and the report stays for later', async () => {
  const endless = createServer((request, response) => {
    request.resume()
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, ' '))) {}
    }
    response.on('drain', more)
    more()
  })
  endless.listen(0, '127.0.0.1')
  await once(endless, 'listening')
  cleanups.push(() => {
    endless.closeAllConnections()
    endless.close()
  })
  const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`
  expect(await createDelivery(url, 'k').send({ path: '/v1/reports', body: '{}' })).toEqual({
    kind: 'later',
    why: 'it answers with more than 64 KiB',
    afterSeconds: null,
  })
  await expect(requestEnrollment(url, enrolling)).rejects.toMatchObject({ isTemporary: true })
})

test.each([2 ** 52 + 2, 1e300, -1, 1.5, '7', null])(
  'a last sequence of %s is no answer, neither to a report nor to an enrollment',
  async (lastSequence) => {
    const { server } = await anAgent(() => ({
      body: { hostId: '1', hostKey: 'k', nextIntervalSeconds: 60, lastSequence },
    }))
    expect(await createDelivery(server.url, 'k').send({ path: '/v1/reports', body: '{}' })).toMatchObject({
      kind: 'later',
    })
    const failure = await requestEnrollment(server.url, enrolling).catch((error: Error) => error)
    expect(failure).toMatchObject({ isTemporary: false, message: expect.stringContaining('last sequence') })
  },
)

test.each(['', 'h1', '1\u001b[2J', '12345678901234567', 7])(
  'a host id of %j is not taken: it is printed',
  async (hostId) => {
    const { server } = await anAgent(() => ({ body: { hostId, hostKey: 'k', lastSequence: 0 } }))
    await expect(requestEnrollment(server.url, enrolling)).rejects.toThrow('Check the URL')
  },
)
