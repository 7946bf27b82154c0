import { expect, test } from 'vitest'
import { epoch, firstTruth, reportsOf, statesOf, theHost } from './stories.ts'

const stateOf = (hostname: string) => {
  const { state, reason, flags } = firstTruth(hostname)
  return [`${state}(${reason})`, ...flags]
}

test('scene 6: sap-2 waits with kGraft for a kernel thread that sleeps anywhere in the kernel', () => {
  const report = theHost('sap-2').report(epoch)
  expect(report?.transition).toMatchObject({
    mechanism: 'kgraft',
    patch: 'kgraft_patch_3_2_1',
    tasks: { total: 341, migrated: 340, remaining: 1, kthreadsRemaining: 1, idleHidden: 0 },
    signalsByItself: null,
    blocking: [{ comm: 'hwrng', kind: 'kthread', state: 'S', cause: 'not-at-boundary', blockingFrame: null }],
  })
  expect(report?.sources.map(({ name, status }) => [name, status]).slice(0, 2)).toEqual([
    ['klp', 'absent'],
    ['kgraft', 'ok'],
  ])
  expect(statesOf('sap-2', 1_200)).toEqual([[0, 'stuck']])
  expect(stateOf('sap-1')).toEqual(['migrated(applied)'])
})

test('scene 9: ol7-1 is patched by Ksplice, and what only detects an exploit fixes nothing', () => {
  const report = theHost('ol7-1').report(epoch)
  expect(report?.transition).toBeNull()
  expect(report?.kernel.effectiveRelease).toBe('4.14.35-2047.503.1.el7uek')
  const cves = Object.fromEntries((report?.patches ?? []).map((patch) => [patch.name, patch.cves]))
  expect(cves).toMatchObject({
    ksplice_lylzl1sj: [],
    ksplice_mxu6ucv9: ['CVE-2021-27363', 'CVE-2021-27364', 'CVE-2021-27365'],
  })
  expect(Object.values(cves).flat()).not.toContain('CVE-2017-7308')
  expect(stateOf('ol7-1')).toEqual(['migrated(appliedAtOnce)'])
})

test.each([
  ['hosting-1', ['migrated(appliedAtOnce)']],
  ['hosting-2', ['migrated(appliedAtOnce)', 'behind']],
  ['cms-1', ['unpatched(notLoaded)', 'disagree']],
  ['app-4', ['migrated(applied)', 'blind']],
])('%s is %o', (hostname, expected) => {
  expect(stateOf(hostname)).toEqual(expected)
})

test('a right that is missing is named, and a spool that overflowed says how much it lost', () => {
  expect(theHost('app-4').report(epoch)?.agent).toMatchObject({
    level: 'progress',
    missingCapabilities: ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_SYSLOG'],
  })
  expect(theHost('db-7').report(epoch)?.agent.missingCapabilities).toEqual([])
  expect(theHost('sensor-1').report(epoch)?.agent.dropped).toBe(212)
})

test('an attempt that kpatch gave up tells who held it', () => {
  const told = [...reportsOf(theHost('kvm-01'), 0, 1)].flatMap(([, report]) => report.attempts)
  expect(told.find(({ outcome }) => outcome === 'reversed')?.blocking?.[0]).toMatchObject({
    kind: 'kthread',
    cause: 'running',
  })
})
