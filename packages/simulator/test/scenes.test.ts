import { hostReport } from '@graftwatch/contract'
import { reduce } from '@graftwatch/livepatch'
import { expect, test } from 'vitest'
import { scenes } from '../src/scenes/index.ts'
import { SimulatedHost } from '../src/simulated-host.ts'
import { epoch, hosts, reportsOf, statesOf, theHost } from './stories.ts'

test('every report of every scene over 30 minutes keeps the contract', () => {
  for (const host of hosts()) {
    for (const [second, report] of reportsOf(host, 1_800, 10)) {
      const parsed = hostReport.safeParse(report)
      expect(parsed.error?.issues, `${host.hostname} at ${second} s`).toBeUndefined()
    }
  }
})

test('every host says that it is simulated, and every stack where its frames come from', () => {
  for (const host of hosts()) {
    for (const [, report] of reportsOf(host, 1_800, 20)) {
      expect(report.host.labels['graftwatch.io/demo']).toMatch(/^(scene-\d+|silent|background)$/)
      for (const task of report.transition?.blocking ?? []) {
        expect(task.stackOrigin === null).toBe(task.stack === null)
      }
    }
  }
})

test('host names are unique', () => {
  const names = hosts().map((host) => host.hostname)
  expect(new Set(names).size).toBe(names.length)
})

test('scene 1: db-7 opens with billing holding 1 of 412 tasks for 47 minutes, waiting for billing-helper', () => {
  const report = theHost('db-7').report(epoch)
  expect(report?.transition).toMatchObject({
    patch: 'livepatch_12_150600_2_1',
    startedAt: '2026-11-23T07:13:00.000Z',
    startedAtSource: 'kernel-log',
    tasks: { total: 412, migrated: 411, remaining: 1 },
    blocking: [
      {
        comm: 'billing',
        state: 'D',
        unit: 'billing.service',
        blockingFunction: '__x64_sys_vfork',
        stackOrigin: 'captured',
        waitsFor: { comm: 'billing-helper' },
      },
    ],
  })
  expect(report?.patches.map(({ name, state }) => [name, state])).toEqual([
    ['livepatch_11_150600_2_1', 'applied'],
    ['livepatch_12_150600_2_1', 'pending'],
  ])
})

test('scene 1: db-7 is stuck from the first report, migrated after 6 minutes, and stuck again with livepatch_13', () => {
  expect(statesOf('db-7', 1_100)).toEqual([
    [0, 'stuck'],
    [360, 'transitioning'],
    [365, 'migrated'],
    [600, 'transitioning'],
    [725, 'stuck'],
    [960, 'transitioning'],
    [965, 'migrated'],
  ])
})

test('scene 1: db-9 hangs on a thread whose leader has migrated', () => {
  const [blocker] = theHost('db-9').report(epoch)?.transition?.blocking ?? []
  expect(blocker).toMatchObject({ comm: 'backup-3', state: 'D', unit: 'db-backup.service' })
  expect(blocker?.tid).not.toBe(blocker?.pid)
})

test('scene 1: db-9 never lets go, so that a late visitor finds a stuck host too', () => {
  expect(statesOf('db-9', 3_600)).toEqual([[0, 'stuck']])
})

test('scene 1: after its three patches db-7 reboots and loads livepatch_11 at boot', () => {
  const states = statesOf('db-7', 2_400).filter(([second]) => second > 1_900)
  expect(states).toEqual([
    [2_080, 'unpatched'],
    [2_105, 'transitioning'],
    [2_110, 'migrated'],
    [2_280, 'transitioning'],
  ])
})

test('scene 4: hpc-3 with 112 CPUs is done 3.3 s after the load and never stuck', () => {
  const host = theHost('hpc-3')
  host.advanceTo(epoch + 95_000)
  const [attempt] = host.kernel.attempts
  expect((attempt?.endedAt ?? 0) - (attempt?.startedAt ?? 0)).toBe(3_300)
  expect(attempt?.outcome).toBe('completed')
  expect(statesOf('hpc-3', 1_800).map(([, state]) => state)).not.toContain('stuck')
})

test('scene 4: the nudge frees the sleepers of batch-5 before kpatch gives up', () => {
  const host = theHost('batch-5')
  host.advanceTo(epoch + 194_000)
  expect(host.report(epoch + 194_000)?.transition?.blocking.map(({ comm, state }) => [comm, state])).toEqual([
    ['batch-runner', 'S'],
    ['batch-runner', 'S'],
  ])
  host.advanceTo(epoch + 197_000)
  expect(host.kernel.transition).toBeNull()
  expect(statesOf('batch-5', 1_800).map(([, state]) => state)).not.toContain('failed')
})

test('scene 5: legacy-2 becomes stuck after 10 minutes without a nudge and clears 7 minutes into the demo', () => {
  expect(statesOf('legacy-2', 1_000)).toEqual([
    [0, 'transitioning'],
    [125, 'stuck'],
    [420, 'transitioning'],
    [425, 'migrated'],
  ])
  expect(theHost('legacy-2').report(epoch)?.transition).toMatchObject({
    signalsByItself: false,
    blocking: [{ comm: 'systemd', state: 'S', stackOrigin: 'constructed' }],
  })
})

test('the background is migrated, has nothing due, has no mechanism, or waits for a module', () => {
  const seen: Record<string, string[]> = {}
  for (const host of scenes.find(({ name }) => name === 'background')?.hosts ?? []) {
    const report = new SimulatedHost(host, { epoch, seed: 'demo' }).report(epoch)
    if (report === null) throw new Error('a background host is down')
    const { truth } = reduce(null, report, { at: epoch, sentAt: epoch })
    for (const word of [truth.state, ...truth.flags])
      seen[word] = [...(seen[word] ?? []), host.profile.hostname]
  }
  expect(seen).toMatchObject({
    notDue: ['ci-1', 'ci-2', 'ci-3'],
    unsupported: ['edge-1', 'edge-2'],
    placeholder: ['erp-3'],
    rebootPending: ['app-3'],
    wouldRegress: ['app-3'],
    blind: ['app-4'],
    waitingForModule: ['rep-2', 'pay-2', 'cdn-1', 'cdn-2'],
  })
  expect(Object.keys(seen).sort()).toEqual([
    'blind',
    'migrated',
    'notDue',
    'placeholder',
    'rebootPending',
    'unsupported',
    'waitingForModule',
    'wouldRegress',
  ])
  expect(seen.migrated).toHaveLength(20)
})

test('a demo that was stopped goes on in the middle of its story, in the boot it would be in', () => {
  for (const scene of scenes) {
    for (const host of scene.hosts) {
      for (const second of [100, 2_050, 2_300, 5_555, 100_000]) {
        const played = new SimulatedHost(host, { epoch, seed: 'demo' })
        played.advanceTo(epoch + second * 1_000)
        const entered = new SimulatedHost(host, { epoch, now: epoch + second * 1_000, seed: 'demo' })
        const [a, b] = [played.agent.report(), entered.agent.report()]
        expect({ ...b, events: [] }, `${played.hostname} at ${second} s`).toEqual({ ...a, events: [] })
      }
    }
  }
})

test('scene 8: all of the wave have livepatch_14 and are migrated, and every fifth oopses within the first two minutes', () => {
  const wave = hosts().filter(({ labels }) => labels['graftwatch.io/demo'] === 'scene-8')
  expect(wave).toHaveLength(60)
  const oopsed = wave.filter((host) =>
    [...reportsOf(host, 120, 5)].some(([, report]) => report.events.some(({ kind }) => kind === 'oops')),
  )
  expect(oopsed.map(({ hostname }) => hostname)).toEqual(
    wave.filter((_, index) => index % 5 === 0).map(({ hostname }) => hostname),
  )
  for (const { hostname } of wave) expect(statesOf(hostname, 300).at(-1)?.[1]).toBe('migrated')
})
