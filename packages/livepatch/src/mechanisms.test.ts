import type { HostReport, ReportPatch, ReportSource } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import {
  aMovingReport,
  anAttempt,
  aPatch,
  aReport,
  aTransition,
  at,
  release,
} from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'

const source = (name: ReportSource['name'], fields: Partial<ReportSource> = {}): ReportSource => ({
  name,
  status: 'ok',
  durationMs: 1,
  ...fields,
})
const failed = { status: 'failed', reason: 'EIO' } as const
const kcare = (fields: Partial<ReportPatch> = {}) =>
  aPatch({ mechanism: 'kernelcare', manager: 'kcarectl', name: 'kpatch-5.14-12', objects: [], ...fields })
const stateOf = (...reports: Partial<HostReport>[]) => {
  const story = new Story()
  for (const [index, fields] of reports.entries()) story.tell(index * 10, aReport(fields))
  return story
}
const both = [source('klp'), source('kernelcare')]

describe('several mechanisms: each is judged, the worst counts', () => {
  test('one that has nothing to do does not count beside one that is applied', () => {
    const story = stateOf({ sources: both, patches: [kcare()] })
    expect(story.state).toBe('migrated(appliedAtOnce)')
    expect(story.last.truth.flags).toEqual([])
  })

  test('two with something applied conflict', () => {
    const story = stateOf({ sources: both, patches: [aPatch(), kcare()] })
    expect(story.state).toBe('migrated(applied)')
    expect(story.last.truth.flags).toEqual(['conflict'])
  })

  test('one failed counts before a healthy transition of the other', () => {
    const refused = kcare({ state: 'failed', enabled: false })
    const moving = aPatch({ state: 'pending', inTransition: true })
    expect(stateOf({ sources: both, patches: [moving, refused], transition: aTransition() }).state).toBe(
      'failed(refused)',
    )
  })

  test('a patch on disk that is not loaded counts although the other is applied', () => {
    const available = [{ package: 'kpatch-patch', version: '1-1', forKernel: release }]
    expect(stateOf({ sources: both, patches: [kcare()], available }).state).toBe('unpatched(notLoaded)')
  })

  test('what was on before under another mechanism is not due under this one; nor is a module it left', () => {
    const left = aPatch({ enabled: null, state: 'leftover', objects: [] })
    expect(stateOf({ patches: [aPatch()] }, { sources: both, patches: [left, kcare()] }).state).toBe(
      'migrated(appliedAtOnce)',
    )
  })

  test('a failed source makes the host unknown beside an applied one, not beside a known bad fact', () => {
    const sources = [source('klp', failed), source('kernelcare')]
    expect(stateOf({ sources, patches: [kcare()] }).state).toBe('unknown(sourceFailed)')
    const refused = kcare({ state: 'failed', enabled: false })
    expect(stateOf({ sources, patches: [refused] }).state).toBe('failed(refused)')
  })

  test('a failed source keeps its own patches and takes none of the other', () => {
    const story = stateOf(
      { sources: both, patches: [aPatch(), kcare()] },
      { sources: [source('klp'), source('kernelcare', failed)], patches: [aPatch()] },
    )
    expect(story.last.report.patches.map(({ name }) => name)).toEqual(['kpatch-5.14-12', 'livepatch_12'])
    expect(story.facts('patch-removed')).toEqual([])
  })
})

describe('what a client says', () => {
  const client = (
    state: 'applied' | 'pending' | 'failed',
    patch = 'livepatch_12',
    status: ReportSource['status'] = 'ok',
  ) => [
    source('klp', { claims: [{ patch: 'livepatch_12', state: 'applied', raw: 'enabled=1 transition=0' }] }),
    source('canonical', {
      status,
      ...(status === 'ok' && { claims: [{ patch, state, raw: `State=${state}` }] }),
    }),
  ]

  test('apply-failed, or applied with a bug, is failed as long as it says so, and disagrees with sysfs', () => {
    const patches = [aPatch()]
    const story = stateOf({ sources: client('failed'), patches }, { sources: client('failed'), patches })
    expect(story.state).toBe('failed(reportedByClient)')
    expect(story.last.truth.flags).toEqual(['disagree'])
    expect(story.last.truth).toMatchObject({ stateSince: at(0), failed: { tries: 1 } })
    story.tell(100, aReport({ sources: client('failed', 'livepatch_12', 'failed'), patches }))
    expect(story.state).toBe('failed(reportedByClient)')
    story.tell(160, aReport({ sources: client('applied'), patches }))
    expect(story.state).toBe('migrated(applied)')
    expect(story.last.truth.flags).toEqual([])
  })

  test('is the same try the kernel told of: not counted twice, and the kernel’s reason is kept', () => {
    const sources = [
      source('klp'),
      source('canonical', { claims: [{ patch: 'livepatch_12', state: 'failed', raw: '' }] }),
    ]
    const attempts = [anAttempt({ startedAt: at(-100), endedAt: at(-25) })]
    const story = stateOf({ sources }, { sources, attempts })
    expect(story.state).toBe('failed(selfReversed)')
    expect(story.last.truth.failed?.tries).toBe(1)
  })

  test('applied, while the kernel lists nothing, disagrees', () => {
    const sources = [
      source('klp'),
      source('canonical', { claims: [{ patch: '104.1', state: 'applied', raw: '' }] }),
    ]
    expect(stateOf({ sources }).last.truth.flags).toEqual(['disagree'])
  })

  test('pending or a word about a moving patch disagrees with nobody', () => {
    expect(stateOf({ sources: client('pending'), patches: [aPatch()] }).last.truth.flags).toEqual([])
    const story = new Story()
    story.tell(0, aMovingReport({}, { sources: client('failed') }))
    expect(story.last.truth.flags).not.toContain('disagree')
  })
})

test('a packages source that fails takes nothing from the disk', () => {
  const available = [{ package: 'kernel-livepatch', version: '13-1', forKernel: release }]
  const story = stateOf(
    { sources: [source('klp'), source('packages')], available },
    { sources: [source('klp'), source('packages', failed)] },
  )
  expect(story.state).toBe('unpatched(notLoaded)')
  expect(story.last.report.available).toEqual(available)
})
