import { type HostReport, hostReport } from '@graftwatch/contract'
import { type HostTruth, reduce } from '@graftwatch/livepatch'
import { expect, test } from 'vitest'
import { pastLots } from '../src/past-words.ts'
import { scenes } from '../src/scenes/index.ts'
import { SimulatedHost } from '../src/simulated-host.ts'
import { epoch } from './stories.ts'

const from = epoch - 14 * 86_400_000
const seed = 'demo'
const span = { from, until: epoch, restMs: 24 * 3_600_000 }

const cast = (...names: string[]): SimulatedHost[] =>
  scenes
    .flatMap((scene) => scene.hosts)
    .filter(({ profile }) => names.length === 0 || names.includes(profile.hostname))
    .map((host) => new SimulatedHost(host, { epoch, now: from, seed }))

/** Every report of the past of these hosts, with what a server makes of each; attempts that ended, as it would keep them. */
const fold = (hosts: readonly SimulatedHost[]) => {
  const known = new Map<SimulatedHost, { truth: HostTruth; report: HostReport }>()
  const ended: { hostname: string; patch: string; outcome: string | null; seen: boolean }[] = []
  const released: { comm: string; minutes: number }[] = []
  let reports = 0
  let lots = 0
  for (const { at, words } of pastLots(hosts, span)) {
    lots += 1
    for (const { host, report } of words) {
      reports += 1
      const change = reduce(known.get(host) ?? null, report, { at, sentAt: at })
      known.set(host, change)
      for (const { patch, outcome, endedAt, total } of change.attempts)
        if (endedAt !== null)
          ended.push({ hostname: host.hostname, patch: patch.name, outcome, seen: total !== null })
      for (const { held, releasedAt } of change.blockers)
        if (releasedAt !== null)
          released.push({
            comm: held.task.comm,
            minutes: (Date.parse(releasedAt) - Date.parse(held.firstSeenAt)) / 60_000,
          })
    }
  }
  return { known, ended, released, reports, lots }
}

test('the past of the whole demo is some ten thousand reports, most of them stored together', () => {
  const { reports, lots, known, ended, released } = fold(cast())
  expect(known.size).toBe(227)
  expect(reports).toBeLessThan(20_000)
  expect(lots).toBeLessThan(4_000)
  const completed = ended.filter(({ outcome, seen }) => outcome === 'completed' && seen)
  expect(completed.length).toBeGreaterThan(150)
  expect(ended.filter(({ outcome }) => outcome === 'reversed').length).toBeGreaterThan(200)
  const waited = released.filter(({ comm }) => comm === 'wrk:worker_0').map(({ minutes }) => minutes)
  expect(waited).toHaveLength(36)
  expect(Math.min(...waited)).toBeGreaterThan(3)
  // What holds db-7 and the hypervisors now has cleared often enough elsewhere to say how long that takes.
  const clearedBy = (comm: RegExp) => released.filter((task) => comm.test(task.comm)).length
  expect(clearedBy(/^billing$/)).toBe(24)
  expect(clearedBy(/^vhost-/)).toBeGreaterThan(150)
})

test('every word keeps the contract, goes on in sequence, and is told within a lot of its reading', () => {
  const last = new Map<SimulatedHost, number>()
  for (const { at, words } of pastLots(cast('kvm-03', 'api-07', 'file-1', 'sensor-1'), span)) {
    for (const { host, report } of words) {
      expect(hostReport.safeParse(report).error?.issues).toBeUndefined()
      expect(report.sequence).toBe((last.get(host) ?? 0) + 1)
      last.set(host, report.sequence)
      const lag = at - Date.parse(report.collectedAt)
      expect(lag).toBeGreaterThanOrEqual(0)
      expect(lag).toBeLessThanOrEqual(15_000)
    }
  }
  expect(last.size).toBe(4)
})

test('no event is told twice', () => {
  const told: string[] = []
  for (const { words } of pastLots(cast('kvm-03'), span))
    for (const { report } of words) told.push(...report.events.map((event) => JSON.stringify(event)))
  expect(told.length).toBeGreaterThan(20)
  expect(new Set(told).size).toBe(told.length)
})

test('a silent span says nothing, and a host that fell silent is not heard of again', () => {
  const times: Record<string, number[]> = { 'shop-1': [], 'arc-2': [] }
  for (const { words } of pastLots(cast('shop-1', 'arc-2'), span))
    for (const { host, report } of words) times[host.hostname]?.push(Date.parse(report.collectedAt) - epoch)
  const day = 86_400_000
  expect(times['shop-1']?.filter((at) => at >= -5 * day && at < -5 * day + 48 * 60_000)).toEqual([])
  expect(Math.max(...(times['arc-2'] ?? []))).toBeLessThan(-26 * 3_600_000)
  expect(Math.max(...(times['shop-1'] ?? []))).toBe(0)
})

test('the present goes on where the past ends: same machine, boot, patches and attempts', () => {
  const past = fold(cast()).known
  for (const [host, { truth, report }] of past) {
    const scene = scenes.flatMap((one) => one.hosts).find(({ profile }) => profile.hostname === host.hostname)
    if (scene === undefined || host.isQuiet(epoch)) continue
    const later = new SimulatedHost(scene, { epoch, now: epoch + 10_000, seed })
    later.agent.sequence = host.agent.sequence
    const now = later.report(epoch + 10_000)
    if (now === null) throw new Error(`${host.hostname} is down`)
    expect([now.host.machineId, now.kernel.bootId]).toEqual([report.host.machineId, report.kernel.bootId])
    const { truth: next } = reduce({ truth, report }, now, { at: epoch + 10_000, sentAt: epoch + 10_000 })
    expect([host.hostname, next.attempts, next.state]).toEqual([host.hostname, truth.attempts, truth.state])
  }
})
