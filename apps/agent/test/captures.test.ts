import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HostReport, hostReport } from '@graftwatch/contract/report'
import { afterAll, describe, expect, test } from 'vitest'
import { snapshot } from '../src/commands/snapshot.ts'
import { countThreads, expectedFile, kernelVerdict, unpackCaptures } from './captures.ts'

/**
 * `snapshot --root` on real kernels' files must say what the kernel knew. The golden reports in captures/expected are written
 * by `UPDATE_EXPECTED=1 vitest run apps/agent/test/captures.test.ts`; their diff is the review.
 */
const captures = unpackCaptures()
afterAll(() => captures.remove())

async function snapshotOf(root: string): Promise<HostReport> {
  let printed = ''
  await snapshot({ root, pretty: true }, { labels: {}, sendsCommandLines: false }, (text) => {
    printed += text
  })
  return JSON.parse(printed) as HostReport
}

/** The report without what differs from run to run: times of reading, the runtime, and the hash over them. */
function normalized(report: HostReport): HostReport {
  const at = '2026-11-23T09:00:00.000Z'
  return {
    ...report,
    collectedAt: at,
    stateHash: '0000000000000000',
    agent: { ...report.agent, version: '0.0.0', runtime: 'node' },
    sources: report.sources.map((source) => ({ ...source, durationMs: 0 })),
    transition: report.transition && {
      ...report.transition,
      startedAt: at,
      blocking: report.transition.blocking.map((task) => ({ ...task, firstSeenAt: at })),
    },
    attempts: report.attempts.map((attempt) => ({ ...attempt, startedAt: at })),
    events: report.events.map((event) => ({ ...event, at })),
  }
}

const flag = (root: string, patch: string, name: string): string =>
  readFileSync(join(root, 'sys/kernel/livepatch', patch, name), 'utf8').trim()

describe.each(captures.trees)('$capture $label as $view', (tree) => {
  const { capture, root, view } = tree
  const threads = countThreads(root)

  test('the report is valid and the one expected', async () => {
    const report = normalized(await snapshotOf(root))
    hostReport.parse(report)
    const file = expectedFile(tree)
    if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
    expect(report).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })

  test('patches and transition are those of sysfs', async () => {
    const report = await snapshotOf(root)
    const listed = report.patches.filter(({ state }) => state !== 'leftover')
    for (const patch of listed) {
      expect([patch.enabled, patch.inTransition]).toEqual([
        flag(root, patch.name, 'enabled') === '1',
        flag(root, patch.name, 'transition') === '1',
      ])
    }
    const moving = listed.find(({ inTransition }) => inTransition)
    expect(report.transition?.patch).toBe(moving?.name)
    if (report.transition)
      expect(report.transition.direction).toBe(moving?.enabled ? 'patching' : 'unpatching')
  })

  test('tasks are counted by thread, or said to be unreadable', async () => {
    const { transition } = await snapshotOf(root)
    if (!transition) return
    if (view === 'nobody') {
      expect(transition).toMatchObject({ confidence: 'none', confidenceReason: 'eacces', blocking: [] })
      expect(transition.tasks).toMatchObject({ total: null, remaining: null, unreadable: threads.none })
      return
    }
    expect(transition.confidence).toBe('full')
    expect(transition.tasks).toMatchObject({
      total: threads['0'] + threads['1'],
      migrated: threads['1'],
      remaining: threads['0'],
      unreadable: 0,
    })
    const sum = (key: 'total' | 'remaining') =>
      transition.groups.reduce((total, group) => total + group[key], 0)
    expect([sum('total'), sum('remaining')]).toEqual([transition.tasks.total, transition.tasks.remaining])
    expect(transition.blocking.length + transition.blockingOmitted).toBe(transition.tasks.remaining)
  })

  test('the stragglers are those the guest itself polled at that moment', async () => {
    const { transition } = await snapshotOf(root)
    const { uptime_begin: begin, uptime_end: end } = JSON.parse(readFileSync(join(root, 'snap.json'), 'utf8'))
    const polls = readFileSync(join(captures.folder, capture, 'poll.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { up: number; count: Record<string, number>; fewer: { tid: number }[] },
      )
      .filter(({ up }) => up >= begin && up <= end)
    if (!transition || view === 'nobody') return
    for (const poll of polls) {
      expect(transition.tasks.remaining).toBe(poll.count['0'])
      expect(transition.blocking.map(({ tid }) => tid)).toEqual(poll.fewer.map(({ tid }) => tid))
    }
  })
})

describe('what the kernel itself said of the stragglers', () => {
  const stuck = captures.trees.filter(({ label }) => label.endsWith('stuck'))

  test.each(stuck.filter(({ view }) => view === 'root'))(
    '$capture: the same task, in the same function',
    async (tree) => {
      const verdict = kernelVerdict(join(captures.folder, tree.capture, 'kernel-verdict-stuck.txt'))
      const { transition } = await snapshotOf(tree.root)
      expect(verdict.size).toBeGreaterThan(0)
      expect(
        transition?.blocking.map(({ tid, blockingFunction, cause }) => ({ tid, blockingFunction, cause })),
      ).toEqual(
        [...verdict].map(([tid, { functionName }]) => ({
          tid,
          blockingFunction: functionName,
          cause: 'sleeping-in-patched-function',
        })),
      )
    },
  )

  test.each(stuck.filter(({ view }) => view === 'no-cap-sys-ptrace'))(
    '$capture: without the right to read stacks the task is named and no function is guessed',
    async (tree) => {
      const verdict = kernelVerdict(join(captures.folder, tree.capture, 'kernel-verdict-stuck.txt'))
      const { transition } = await snapshotOf(tree.root)
      expect(transition?.blocking.map(({ tid }) => tid)).toEqual([...verdict.keys()])
      for (const task of transition?.blocking ?? []) {
        expect(task).toMatchObject({
          cause: 'no-permission',
          blockingFunction: null,
          stack: null,
          waitChannel: null,
        })
      }
    },
  )
})

test('a straggler that is not the leader of its process is found', async () => {
  const tree = captures.trees.find(
    ({ capture, label }) => capture === 'slow-user' && label === '00-before-signal',
  )
  const { transition } = await snapshotOf(tree?.root ?? '')
  expect(transition?.blocking).toContainEqual(
    expect.objectContaining({ pid: 172, tid: 174, comm: 'pool-2', blockingFunction: '__x64_sys_pause' }),
  )
})

test('a vfork parent names the child it waits for, and its unit', async () => {
  const tree = captures.trees.find(({ capture, label }) => capture === 'stuck-user' && label === '01-stuck')
  const { transition } = await snapshotOf(tree?.root ?? '')
  expect(transition?.blocking[0]).toMatchObject({
    waitsFor: { pid: 173, comm: 'billing-helper' },
    unit: 'billing.service',
    blockingFrame: 1,
  })
})
