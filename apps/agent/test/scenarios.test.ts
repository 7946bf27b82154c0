import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostClock } from '@graftwatch/livepatch/host-clock'
import { afterEach, expect, test } from 'vitest'
import { createAgent } from '../src/agent.ts'
import { createDelivery } from '../src/delivery.ts'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { openStateDirectory } from '../src/state-dir.ts'
import { type Answer, calm, type Received, startServer } from './fake-server.ts'
import { createTree, patch, task } from './host-tree.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const start = Date.parse('2026-11-23T09:00:00Z')
const away: Answer = { status: 503 }

/** An agent whose host lives through time by hand: `pass` moves all clocks, `setClock` and `suspend` only their own. */
async function aHost() {
  const time = { wall: start, steady: 0, uptime: 1_000_000, real: start }
  const link = { isUp: true }
  const server = await startServer(() => (link.isUp ? calm : away))
  const directory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
  const tree = createTree(patch(1, 0))
  cleanups.push(
    () => server.close(),
    tree.remove,
    () => rmSync(directory, { recursive: true }),
  )
  const begin = () =>
    createAgent({
      reader: createReader({ files: hostFiles(tree.root), labels: {}, now: () => time.wall }),
      delivery: createDelivery(server.url, 'the-key'),
      state: openStateDirectory(directory),
      clock: { wall: () => time.wall, steady: () => time.steady, uptime: () => time.uptime },
      intervalSeconds: 60,
      random: () => 0.5,
    })
  const host = {
    server,
    tree,
    link,
    time,
    directory,
    agent: begin(),
    restart: () => {
      host.agent = begin()
    },
    /** Steps and deliveries as they fall due in this time, as `run` does. */
    async pass(ms: number) {
      for (const end = time.real + ms; time.real < end; ) {
        const step = await host.agent.step()
        let leftMs = Math.min(step.waitMs, end - time.real)
        for (let dueMs = step.deliverInMs; leftMs > 0; dueMs = await host.agent.deliver()) {
          const pauseMs = Math.min(leftMs, dueMs ?? leftMs)
          host.elapse(pauseMs)
          leftMs -= pauseMs
        }
      }
    },
    elapse(ms: number) {
      for (const name of ['wall', 'steady', 'uptime', 'real'] as const) time[name] += ms
    },
    suspend(ms: number) {
      for (const name of ['wall', 'uptime', 'real'] as const) time[name] += ms
    },
  }
  return host
}

type Host = Awaited<ReturnType<typeof aHost>>

const reports = ({ server }: Host) => server.received.filter(({ path }) => path === '/v1/reports')
const names = (received: Received[]) =>
  received.map(({ body }) => (body.patches as { name: string }[])[0]?.name)
const swap = (host: Host, from: string, to: string) =>
  host.tree.write({ [`sys/kernel/livepatch/${from}`]: null, ...patch(1, 0, to) })

/** When a server whose clock is right says that a report was read, in seconds after the start. */
function occurredAt({ body, headers }: Received, receivedAt: number): number {
  const sentAt = Date.parse(headers.date ?? '')
  const clock = hostClock(body as { collectedAt: string }, receivedAt, sentAt)
  return Math.round((Date.parse(clock.now) - start) / 1000)
}

test('an hour without the server: every change arrives afterwards, once, in order and at its time', async () => {
  const host = await aHost()
  await host.pass(60_000)
  host.link.isUp = false
  for (const [from, to] of [
    ['p', 'q'],
    ['q', 'r'],
    ['r', 's'],
  ] as const) {
    swap(host, from, to)
    await host.pass(1_200_000)
  }
  const tries = reports(host).length - 1
  // Half an hour of waits at most five minutes long, not sixty tries.
  expect(tries).toBeLessThan(40)
  host.link.isUp = true
  const before = host.server.received.length
  await host.pass(420_000)
  const late = host.server.received.slice(before).filter(({ path }) => path === '/v1/reports')
  expect(names(late).filter((name, index, all) => name !== all[index - 1])).toEqual(['q', 'r', 's'])
  const sequences = late.map(({ body }) => Number(body.sequence))
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
  expect(late.every(({ body }) => (body.agent as { dropped: number }).dropped === 0)).toBe(true)
})

test.each([
  ['a day on', 86_400_000],
  ['a day back', -86_400_000],
])('a clock set %s while a report waits: it is told at its own time', async (_words, byMs) => {
  const host = await aHost()
  host.link.isUp = false
  await host.agent.step()
  host.elapse(600_000)
  host.time.wall += byMs
  swap(host, 'p', 'q')
  host.link.isUp = true
  await host.agent.step()
  expect(reports(host)).toHaveLength(3)
  const [, first, second] = reports(host)
  expect(first && occurredAt(first, host.time.real)).toBe(0)
  expect(second && occurredAt(second, host.time.real)).toBe(600)
})

test('a suspend makes no report younger, and what was due is sent when it ends', async () => {
  const host = await aHost()
  host.link.isUp = false
  await host.agent.step()
  host.suspend(8 * 3_600_000)
  host.link.isUp = true
  host.elapse(60_000)
  await host.agent.step()
  const last = reports(host).at(-1)
  expect(last && occurredAt(last, host.time.real)).toBe(0)
})

test('a report that waited through a restart of the agent keeps its age; through a reboot, by the clock', async () => {
  const host = await aHost()
  host.link.isUp = false
  await host.agent.step()
  host.elapse(600_000)
  host.time.wall += 86_400_000
  host.restart()
  host.link.isUp = true
  await host.agent.step()
  const [, again] = reports(host)
  expect(again && occurredAt(again, host.time.real)).toBe(0)

  host.time.wall -= 86_400_000
  swap(host, 'p', 'q')
  host.link.isUp = false
  await host.agent.step()
  host.tree.write({ 'proc/sys/kernel/random/boot_id': 'another-boot\n' })
  host.elapse(300_000)
  host.time.uptime = 20_000
  host.restart()
  host.link.isUp = true
  const before = reports(host).length
  await host.agent.step()
  const late = reports(host)[before]
  expect(late && occurredAt(late, host.time.real)).toBe(600)
})

test('a directory copied to another machine does not tell its reports there', async () => {
  const host = await aHost()
  host.link.isUp = false
  await host.agent.step()
  host.tree.write({ 'etc/machine-id': 'f123456789abcdef0123456789abcdef\n' })
  host.restart()
  host.link.isUp = true
  await host.agent.step()
  const machines = reports(host).map(({ body }) => (body.host as { machineId: string }).machineId)
  expect(machines).toEqual(['0123456789abcdef0123456789abcdef', 'f123456789abcdef0123456789abcdef'])
})

test('a transition of 25 minutes without the server is delivered whole, and below 120 reports in any minute', async () => {
  const host = await aHost()
  await host.pass(60_000)
  host.link.isUp = false
  host.tree.write({
    ...patch(1, 1),
    ...task(1, { patchState: '1' }),
    ...task(2, { patchState: '0', kthread: true }),
  })
  const sentAt: number[] = []
  for (let samples = 0; samples < 300; samples++) {
    await host.agent.step()
    host.elapse(5000)
  }
  host.link.isUp = true
  host.tree.write({ ...patch(1, 0), ...task(2, { patchState: '1', kthread: true }) })
  const before = host.server.received.length
  await host.agent.step()
  for (let dueMs = await host.agent.deliver(); dueMs !== null; dueMs = await host.agent.deliver()) {
    host.elapse(dueMs)
    sentAt.push(host.time.steady)
  }
  const drained = host.server.received.slice(before)
  expect(drained.length).toBeGreaterThanOrEqual(300)
  expect(sentAt.filter((at) => at <= (sentAt[0] ?? 0) + 60_000).length).toBeLessThan(120)
  const sequences = drained.map(({ body }) => Number(body.sequence))
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
})
