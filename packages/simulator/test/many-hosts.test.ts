import { signatureOf } from '@graftwatch/livepatch'
import { expect, test } from 'vitest'
import { scenes } from '../src/scenes/index.ts'
import { epoch, firstTruth, hosts, reportsOf, statesOf, theHost, truthsOf } from './stories.ts'

const namesIn = (scene: string, labels: Record<string, string> = {}): string[] =>
  scenes
    .filter(({ name }) => name === scene)
    .flatMap((one) => one.hosts)
    .filter(({ profile }) => Object.entries(labels).every(([key, value]) => profile.labels[key] === value))
    .map(({ profile }) => profile.hostname)

const truthAt = (hostname: string, seconds: number) => {
  let last = firstTruth(hostname)
  for (const [, truth] of truthsOf(hostname, seconds)) last = truth
  return last
}

test('the demo has about 230 hosts', () => {
  expect(hosts()).toHaveLength(227)
})

test('scene 2: kvm-05 is tried for 75 s, taken back, and is failed on its third attempt, the fourth 30 minutes later', () => {
  const first = firstTruth('kvm-05')
  expect(first).toMatchObject({ state: 'failed', reason: 'selfReversed', flags: ['retrying'] })
  expect(first.failed?.tries).toBe(3)
  const states = statesOf('kvm-05', 1_800)
  expect(states.map(([, state]) => state).filter((state) => state !== 'reverting')).toEqual([
    'failed',
    'transitioning',
    'failed',
  ])
  expect(truthAt('kvm-05', 1_800).failed?.tries).toBe(4)
})

test('scene 2: one cause holds 38 hosts: the signature of a vhost thread that runs', () => {
  const affected = namesIn('scene-2', { pool: 'nfv' })
  expect(affected).toHaveLength(38)
  const keys = new Set<string>()
  for (const hostname of affected) {
    const host = theHost(hostname)
    host.advanceTo(epoch)
    const [{ blockers } = { blockers: [] }] = host.kernel.attempts.slice(-1)
    for (const task of blockers)
      keys.add(signatureOf('patching', { ...task, blockingFunction: task.hold?.function ?? null }).key)
  }
  expect([...keys]).toEqual(['patching||kthread|vhost-N|'])
})

test('scene 2: the peers with other guests took the same patch, in the same racks', () => {
  const peers = namesIn('scene-2', { pool: 'general' })
  expect(peers).toHaveLength(10)
  for (const hostname of peers) {
    const { state, lastEnabled } = firstTruth(hostname)
    expect([state, lastEnabled?.patch]).toEqual(['migrated', 'kpatch_5_14_0_427_13_1_1_3'])
  }
  const racksOf = (pool: string) =>
    new Set(
      scenes
        .flatMap((scene) => scene.hosts)
        .filter(({ profile }) => profile.labels.pool === pool)
        .map(({ profile }) => profile.labels.rack),
    )
  expect(racksOf('nfv')).toEqual(racksOf('general'))
})

test('scene 3: vps-node-14 is stuck between livepatch_4 and livepatch_6, in nf_tables, and uname tells the patch', () => {
  const report = theHost('vps-node-14').report(epoch)
  expect(report?.kernel.release).toBe('6.12.95.6')
  expect(report?.patches.map(({ name, state }) => [name, state])).toEqual([
    ['livepatch_4', 'applied'],
    ['livepatch_6', 'pending'],
  ])
  expect(report?.patches[1]?.objects.map(({ name }) => name)).toContain('nf_tables')
  expect(
    report?.transition?.blocking.map(({ comm, blockingFunction, unit }) => [comm, blockingFunction, unit]),
  ).toEqual([
    ['kworker/3:1-events', 'nf_tables_trans_destroy_work', null],
    ['nft', 'nf_tables_valid_genid', 'ct-301.scope'],
  ])
  expect(firstTruth('vps-node-14').state).toBe('stuck')
})

test('scene 3: its containers have the same boot, other machines, and see their own processes', () => {
  const node = theHost('vps-node-14')
  for (const hostname of ['ct-301', 'ct-302', 'ct-303']) {
    const host = theHost(hostname)
    host.report(epoch)
    const report = host.report(epoch + 5_000)
    expect(host.machineId).not.toBe(node.machineId)
    expect(report?.kernel.bootId).toBe(node.kernel.bootId)
    expect(report?.kernel.bootedAt).toBe(node.report(epoch + 5_000)?.kernel.bootedAt)
    expect(report?.transition).toMatchObject({
      direction: 'patching',
      confidence: 'partial',
      confidenceReason: 'pidns',
      tasks: { total: 6, remaining: hostname === 'ct-301' ? 1 : 0, kthreadsRemaining: 0 },
    })
  }
})

test('scene 7: cache-9 is stuck for days in its own loop, with the next patch on disk', () => {
  const report = theHost('cache-9').report(epoch)
  expect(report?.transition).toMatchObject({
    startedAt: '2026-11-20T03:00:00.000Z',
    signalsByItself: false,
    blocking: [{ comm: 'khugepaged', kind: 'kthread', stack: ['khugepaged', 'kthread', 'ret_from_fork'] }],
  })
  const waiting = report?.patches.find(({ name }) => name === report.transition?.patch)
  expect(report?.available).toEqual([
    {
      package: waiting?.package,
      version: '4-1',
      forKernel: report?.kernel.release,
      patch: 'livepatch_cache_4',
    },
  ])
  expect(statesOf('cache-9', 1_800)).toEqual([[0, 'stuck']])
  expect(firstTruth('cache-9').flags).toContain('queued')
  expect(firstTruth('cache-8')).toMatchObject({
    state: 'migrated',
    lastEnabled: { patch: 'livepatch_cache_4' },
  })
})

test('scene 9: pay-4 was forced at 02:14; after that only the log tells', () => {
  const report = theHost('pay-4').report(epoch)
  expect(report?.events.find(({ kind }) => kind === 'forced')?.at).toBe('2026-11-23T02:14:00.000Z')
  expect(report?.attempts).toMatchObject([{ patch: 'kpatch_5_14_0_284_11_1_1_5', outcome: 'forced' }])
  expect(report?.transition).toBeNull()
  expect(firstTruth('pay-4')).toMatchObject({ state: 'migrated', forced: ['kpatch_5_14_0_284_11_1_1_5'] })
  expect(firstTruth('pay-4').flags).toContain('forced')
  expect(firstTruth('pay-3').flags).not.toContain('forced')
})

test('scene 10: 24 hosts reboot in a window; 21 take their patch within minutes and 3 only after 50', () => {
  const wave = namesIn('scene-10')
  expect(wave).toHaveLength(24)
  const unpatched: string[] = []
  for (const hostname of wave) {
    const boots = new Set<string>()
    for (const [, truth] of truthsOf(hostname, 3_600, 20)) boots.add(truth.bootId)
    expect(boots.size, hostname).toBe(2)
    if (truthAt(hostname, 3_300).state === 'unpatched') unpatched.push(hostname)
  }
  expect(unpatched).toEqual(['api-07', 'api-15', 'api-22'])
  expect(statesOf('api-07', 6_000).map(([, state]) => state)).toEqual([
    'migrated',
    'unpatched',
    'transitioning',
    'migrated',
  ])
})

test('silent hosts ended hours before the demo begins, vol-6 while it was stuck', () => {
  const quiet = hosts().filter((host) => host.isQuiet(epoch))
  expect(quiet.map(({ hostname }) => hostname)).toEqual(['depot-1', 'depot-2', 'depot-3', 'arc-2', 'vol-6'])
  expect(quiet.every((host) => host.isQuiet(epoch - 3_600_000))).toBe(true)
  expect(quiet.some((host) => host.isQuiet(epoch - 48 * 3_600_000))).toBe(false)
  expect(firstTruth('vol-6').state).toBe('stuck')
})

test('the whole demo says little: a few requests a second', () => {
  let reports = 0
  for (const host of hosts())
    for (const [, { transition }] of reportsOf(host, 600, 5)) if (transition !== null) reports += 1
  // Beside a heartbeat a minute of each host.
  expect(reports / 600 + hosts().length / 60).toBeLessThan(6)
})

test('the fortnight before: rollouts of earlier patches, with attempts that were held, reversed and completed', () => {
  const ended = new Map<string, number>()
  for (const host of hosts()) {
    for (const { patch, outcome } of host.kernel.attempts) {
      const ending = `${patch} ${outcome ?? 'runs'}`
      ended.set(ending, (ended.get(ending) ?? 0) + 1)
    }
  }
  expect(Object.fromEntries(ended)).toMatchObject({
    'lkp_Ubuntu_6_8_0_1047_50_aws_120 completed': 38,
    'lkp_Ubuntu_6_8_0_1047_50_aws_121 completed': 38,
    'kpatch_5_14_0_427_13_1_1_2 completed': 48,
    'kpatch_5_14_0_427_13_1_1_2 reversed': 129,
    'kpatch_5_14_0_427_13_1_1_3 completed': 10,
    'kpatch_5_14_0_427_13_1_1_3 reversed': 112,
    'kpatch_5_14_0_70_13_1_1_1 completed': 5,
    'kpatch_5_14_0_70_13_1_1_1 reversed': 4,
    'livepatch_12_150600_2_1 completed': 19,
    'livepatch_12_150600_2_1 runs': 2,
    'livepatch_2_150500_2_1 completed': 6,
  })
})
