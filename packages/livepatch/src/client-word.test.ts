import type { ClientVerdict, HostFlag, HostReport, Mechanism, ReportSource } from '@graftwatch/contract'
import { describe, expect, test } from 'vitest'
import { aPatch, aReport, at, release } from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'
import { clientWords } from './client-word.ts'

const source = (name: ReportSource['name'], fields: Partial<ReportSource> = {}): ReportSource => ({
  name,
  status: 'ok',
  durationMs: 1,
  ...fields,
})
const says = (
  name: ReportSource['name'],
  value: ClientVerdict,
  checkedAt: string | null = at(-60),
): ReportSource => source(name, { verdict: { value, raw: value, checkedAt } })

const booted = (seconds: number): HostReport['kernel'] => ({ ...aReport().kernel, bootedAt: at(-seconds) })
const onDisk = [{ package: 'canonical-livepatch', version: '120.1', forKernel: release }]
const lkp = aPatch({ name: 'lkp_Ubuntu_6_8_0_1047_50_aws_121', manager: 'canonical' })
const kcare = aPatch({ mechanism: 'kernelcare', manager: 'kcarectl', name: 'kpatch-5.14-12', objects: [] })

const told = (fields: Partial<HostReport>) => {
  const story = new Story()
  story.tell(0, aReport({ kernel: booted(86_400), ...fields }))
  return story
}

describe('nothing is enabled, and the client says', () => {
  const cases: [ClientVerdict, Partial<HostReport>, string, HostFlag[]][] = [
    ['none-due', {}, 'notDue(clientSaysNone)', []],
    ['none-due', { available: onDisk }, 'unpatched(notLoaded)', []],
    ['unknown', {}, 'notDue(noneKnown)', []],
    // Off is no proof that something is due; it is the reason why what is due is not on.
    ['off', {}, 'notDue(noneKnown)', []],
    ['off', { available: onDisk }, 'unpatched(clientOff)', []],
    ['off', { available: onDisk, kernel: booted(60) }, 'unpatched(justBooted)', []],
    ['pending', {}, 'unpatched(notLoaded)', []],
    ['pending', { kernel: booted(60) }, 'unpatched(justBooted)', []],
    ['update-available', {}, 'unpatched(notLoaded)', []],
    ['failed', {}, 'failed(reportedByClient)', []],
    ['applied', {}, 'unpatched(notLoaded)', ['disagree']],
    ['reboot-required', {}, 'notDue(noneKnown)', []],
    ['unsupported', {}, 'notDue(noneKnown)', ['uncovered']],
  ]
  test.each(cases)('%s with %o: %s %o', (value, fields, state, flags) => {
    const story = told({ sources: [source('klp'), says('canonical', value)], ...fields })
    expect(story.state).toBe(state)
    expect(story.last.truth.flags).toEqual(flags)
  })
})

describe('a patch is on, and the client says', () => {
  const cases: [ReportSource['name'], ClientVerdict, string, HostFlag[]][] = [
    ['canonical', 'applied', 'migrated(applied)', []],
    ['canonical', 'none-due', 'migrated(applied)', []],
    ['canonical', 'off', 'migrated(applied)', []],
    ['canonical', 'update-available', 'migrated(applied)', ['behind']],
    ['canonical', 'unsupported', 'migrated(applied)', ['uncovered']],
    ['canonical', 'failed', 'failed(reportedByClient)', []],
    ['kernelcare', 'applied', 'migrated(appliedAtOnce)', []],
    ['kernelcare', 'update-available', 'migrated(appliedAtOnce)', ['behind']],
    ['kernelcare', 'failed', 'failed(refused)', []],
  ]
  test.each(cases)('%s says %s: %s %o', (name, value, state, flags) => {
    const isKcare = name === 'kernelcare'
    const story = told({
      sources: isKcare ? [says(name, value)] : [source('klp'), says(name, value)],
      patches: [isKcare ? kcare : lkp],
    })
    expect(story.state).toBe(state)
    expect(story.last.truth.flags).toEqual(flags)
  })
})

test('a failed verdict that names no patch is about the one told of last, and ends with the word', () => {
  const story = told({ sources: [source('klp'), says('canonical', 'failed')], patches: [lkp] })
  expect(story.last.truth.failed).toMatchObject({ patch: lkp.name, mechanism: 'klp', isReported: true })
  story.tell(60, aReport({ sources: [source('klp'), says('canonical', 'applied')], patches: [lkp] }))
  expect(story.state).toBe('migrated(applied)')
})

test('nothing to apply, last checked more than a day ago, proves nothing; what is newer stays newer', () => {
  const stale = at(-2 * 86_400)
  const word = (value: ClientVerdict, checkedAt: string | null) =>
    clientWords(aReport({ sources: [says('canonical', value, checkedAt)] }), 'klp')
  expect(word('none-due', stale)).toEqual([])
  expect(word('none-due', at(-3600))).toEqual(['none-due'])
  expect(word('none-due', null)).toEqual(['none-due'])
  expect(word('update-available', stale)).toEqual(['update-available'])
})

test('a client that could not be asked says nothing', () => {
  const failed = { ...says('canonical', 'applied'), status: 'failed' as const, reason: 'daemon down' }
  expect(told({ sources: [source('klp'), failed] }).last.truth.flags).toEqual([])
})

test.each<Mechanism>(['ksplice', 'kernelcare'])(
  '%s says applied where the kernel shows nothing of it: only a client’s word, and they disagree',
  (name) => {
    const story = told({ sources: [says(name, 'applied')] })
    expect(story.state).toBe('unpatched(notLoaded)')
    expect(story.last.truth.flags).toEqual(['disagree'])
  },
)

test('a source that failed makes no disagreement, and the host is unknown', () => {
  const klp = source('klp', { status: 'failed', reason: 'EIO' })
  const story = told({ sources: [klp, says('canonical', 'applied')] })
  expect(story.state).toBe('unknown(sourceFailed)')
  expect(story.last.truth.flags).toEqual([])
})
