import type { ReportPatch } from '@graftwatch/contract/report'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import { expect, test } from 'vitest'
import { fixesLost, type KernelFixes, type LossEvidence } from '../src/packages/fixes-lost.ts'

const running = '6.8.0-88-generic'
const newer = '6.8.0-90-generic'
const older = '6.8.0-87-generic'

const aPatch = (cves: string[] | null, more: Partial<ReportPatch> = {}): ReportPatch =>
  barePatch({
    mechanism: 'klp',
    manager: null,
    name: 'livepatch_1',
    state: 'applied',
    enabled: true,
    cves,
    ...more,
  })

const evidence = (next: string | null, more: Partial<LossEvidence> = {}): LossEvidence => ({
  knowledge: { release: running, packages: [], files: [], listed: [] },
  kernels: {
    running,
    runningVersion: null,
    installed: [older, running, newer].map((release) => ({ release, packageVersion: null })),
    nextBoot: null,
    order: 'dpkg',
    isDatabaseRead: true,
  },
  next,
  isRebuilt: false,
  fixes: null,
  loaders: { kpatch: false, canonical: false },
  ...more,
})

const fixes = (...cves: string[]): KernelFixes => ({ release: newer, cves: new Set(cves), builtAtMs: 1 })
const ok = [{ name: 'klp', status: 'ok' }] as const
const canonical = { manager: 'canonical', name: 'lkp_Ubuntu_6_8_0_88_89_generic_104' } as const
const A = 'CVE-2026-0001'
const B = 'CVE-2026-0002'

test.each<[string, ReportPatch[], LossEvidence, string[] | null]>([
  ['nothing is patched', [], evidence(running), []],
  ['a placeholder fixes nothing', [aPatch([])], evidence(null), []],
  [
    'a patch that is off fixes nothing',
    [aPatch([A], { state: 'disabled', enabled: false })],
    evidence(running),
    [],
  ],
  ['what a patch fixes is unknown', [aPatch([A]), aPatch(null)], evidence(running), null],
  ['the next kernel is unknown', [aPatch([A])], evidence(null), null],
  ['the next kernel is not installed', [aPatch([A])], evidence('6.9.0-1-generic'), null],
  ['the same kernel, and nothing loads the patch', [aPatch([A]), aPatch([B])], evidence(running), [A, B]],
  ['an older kernel', [aPatch([A])], evidence(older), [A]],
  ['a newer kernel of which nothing is known', [aPatch([A])], evidence(newer), null],
  ['a newer kernel that names all', [aPatch([A, B])], evidence(newer, { fixes: fixes(A, B) }), []],
  [
    'a newer kernel that names some, when the patch’s age is unknown',
    [aPatch([A, B])],
    evidence(newer, { fixes: fixes(A) }),
    null,
  ],
  [
    'Canonical’s client loads its patch again',
    [aPatch([A], canonical)],
    evidence(running, { loaders: { kpatch: false, canonical: true } }),
    [],
  ],
  ['Canonical’s client is off', [aPatch([A], canonical)], evidence(running), null],
  [
    'Canonical’s patch is for this kernel, not the next',
    [aPatch([A], canonical)],
    evidence(newer, { loaders: { kpatch: false, canonical: true }, fixes: fixes(A) }),
    [],
  ],
  [
    'Ksplice loads by itself, and what is not told',
    [aPatch([A], { mechanism: 'ksplice' })],
    evidence(running),
    null,
  ],
])('%s', (_name, patches, known, lost) => {
  expect(fixesLost(patches, ok, known)).toEqual(lost)
})

test('a source that failed might have had more patches; the kernel log has none', () => {
  expect(fixesLost([aPatch([A])], [{ name: 'canonical', status: 'failed' }], evidence(running))).toBeNull()
  expect(fixesLost([aPatch([A])], [{ name: 'kernel-log', status: 'failed' }], evidence(running))).toEqual([A])
})
