import { describe, expect, test } from 'vitest'
import { aMovingReport, aTask, at } from '../../contract/test/a-report.ts'
import { Story } from '../test/story.ts'
import { stuckAfterLabel, stuckAfterSeconds } from './stuck-threshold.ts'

const klp = { mechanism: 'klp', isByAge: false, signalsByItself: true } as const
const labeled = (value: string) => ({ [stuckAfterLabel]: value })

test.each([
  ['a kernel that nudges', klp, 120],
  ['one of which nobody knows', { ...klp, signalsByItself: null }, 120],
  ['one that does not', { ...klp, signalsByItself: false }, 600],
  ['kGraft', { ...klp, mechanism: 'kgraft' }, 600],
  ['tasks that cannot be read', { ...klp, isByAge: true }, 300],
  ['both: never sooner than where they can', { ...klp, isByAge: true, signalsByItself: false }, 600],
] as const)('%s', (_name, transition, seconds) => {
  expect(stuckAfterSeconds(transition, {})).toBe(seconds)
})

test.each([
  ['10m', 600],
  ['600s', 600],
  ['2h', 7200],
  ['1s', 30],
  ['0m', 30],
  ['90000s', 86_400],
  ['100h', 86_400],
])('the label %s makes it %i s, bounded to 30 s and 24 h', (value, seconds) => {
  expect(stuckAfterSeconds(klp, labeled(value))).toBe(seconds)
})

test.each(['', '10', 'm', '-5m', '1.5h', '10 m', '10M', '99999999h', '1e3s', '10m5s'])(
  'the label "%s" is ignored',
  (value) => {
    expect(stuckAfterSeconds(klp, labeled(value))).toBe(120)
  },
)

describe('in a story', () => {
  const host = (labels: Record<string, string>) => {
    const report = aMovingReport()
    return { ...report, host: { ...report.host, labels } }
  }

  test('a host’s own limit counts from the same low, and a new one from the next reading on', () => {
    const story = new Story()
    for (let seconds = 0; seconds <= 240; seconds += 30) story.tell(seconds, host(labeled('10m')))
    expect(story.state).toBe('transitioning(patching)')
    story.tell(250, host({}))
    expect(story.state).toBe('stuck(noProgress)')
    expect(story.last.truth.stateSince).toBe(at(250))
    story.tell(260, host(labeled('10m')))
    expect(story.state).toBe('transitioning(patching)')
  })

  test('a host is stuck since the limit passed, and moves again since the new low, not since the start', () => {
    const story = new Story()
    story.watch(0, 115)
    story.tell(127, aMovingReport())
    expect(story.last.truth.stateSince).toBe(at(120))
    story.tell(140, aMovingReport({ remaining: 1 }))
    expect(story.state).toBe('transitioning(patching)')
    expect(story.last.truth.stateSince).toBe(at(140))
  })

  test('rights lost on the way: by age from the same low; found again, by counts', () => {
    const story = new Story()
    story.watch(0, 60, { blocking: [aTask()] })
    story.watch(70, 290, { remaining: null })
    expect(story.state).toBe('transitioning(patching)')
    story.tell(300, aMovingReport({ remaining: null }))
    expect(story.state).toBe('stuck(noProgressByAge)')
    story.tell(310, aMovingReport())
    expect(story.state).toBe('stuck(noProgress)')
  })

  test('where no task can be read, age grows between readings too', () => {
    const story = new Story()
    for (const seconds of [0, 100, 200, 300]) story.tell(seconds, aMovingReport({ remaining: null }))
    expect(story.state).toBe('stuck(noProgressByAge)')
  })
})
