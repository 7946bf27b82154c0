import { describe, expect, test } from 'vitest'
import { aMigratedReport, aMovingReport, aReport, at } from '../../../../packages/contract/test/a-report.ts'
import { Story } from '../../../../packages/livepatch/test/story.ts'
import { eventCondition, type JudgedHost } from './conditions.ts'

const judged = ({ last: { truth } }: Story): JudgedHost => ({
  id: 1,
  hostname: 'db-1',
  state: truth.state,
  lastState: null,
  reason: truth.reason,
  stateSince: truth.stateSince,
  isNew: false,
  flags: truth.flags,
  labels: {},
  demo: false,
  lastSeenAt: null,
  heardFrom: at(0),
  truth,
  heldBy: null,
  unpackaged: null,
  rareBuilds: [],
  movingModules: [],
  replaces: false,
})
const oopsAt = (story: Story, seconds: number) =>
  eventCondition(judged(story), { kind: 'oops', at: at(seconds), patch: null, detail: null })

describe('a crash after a load', () => {
  function loaded(): Story {
    const story = new Story()
    story.watch(0, 30)
    story.tell(40, aMigratedReport())
    return story
  }

  test('is put down to it within the hour', () => {
    expect(oopsAt(loaded(), 600)).toMatchObject({ condition: 'crash', reason: 'livepatch_12' })
    expect(oopsAt(loaded(), 4000)).toBeNull()
  })

  test('is not where the load was in an earlier boot', () => {
    const story = loaded()
    const after = aReport()
    story.tell(900, { ...after, kernel: { ...after.kernel, bootId: 'next-boot', bootedAt: at(600) } })
    expect(oopsAt(story, 1200)).toBeNull()
  })

  test.each([0, 1200])('is where the host’s clock is %i s ahead', (ahead) => {
    const story = new Story({ skewMs: ahead * 1000 })
    const moving = aMovingReport()
    const kernel = { ...moving.kernel, bootedAt: at(-300) }
    for (const seconds of [0, 10, 20, 30]) story.tell(seconds, { ...moving, kernel })
    story.tell(40, { ...aMigratedReport(), kernel })
    expect(oopsAt(story, 2400 - ahead)).toMatchObject({ condition: 'crash' })
  })

  test('is where the load followed the boot at once, by clocks that differ a little', () => {
    const story = new Story()
    const booting = aMovingReport()
    story.tell(0, { ...booting, kernel: { ...booting.kernel, bootedAt: at(15) } })
    expect(oopsAt(story, 300)).toMatchObject({ condition: 'crash' })
  })
})
