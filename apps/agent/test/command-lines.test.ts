import { hostReport } from '@graftwatch/contract/report'
import { afterEach, expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { createTree, type HostTree, patch, task } from './host-tree.ts'

const tree: HostTree = createTree({
  ...patch(1, 1),
  ...task(1, { patchState: '1' }),
  ...task(40, { comm: 'billing', patchState: '0', stack: '[<0>] pipe_read+0x1/0x2\n' }),
  ...task(41, { comm: 'stuck', state: 'D', patchState: '0', stack: '[<0>] pipe_read+0x1/0x2\n' }),
  ...task(42, { comm: 'kworker/0:1', kthread: true, patchState: '0', stack: '[<0>] pipe_read+0x1/0x2\n' }),
  'proc/40/cmdline': `billing\0--password=hunter2\0${'x'.repeat(500)}\0`,
  'proc/41/cmdline': 'stuck\0',
  'proc/42/cmdline': '',
  'proc/1/stack': '[<0>] do_epoll_wait+0x1/0x2\n',
})
afterEach(() => tree.remove())

async function commandLines(sendsCommandLines: boolean) {
  const reader = createReader({ files: hostFiles(tree.root), labels: {}, sendsCommandLines })
  await reader.read()
  const report = hostReport.parse({ ...(await reader.read()), sequence: 1 })
  return Object.fromEntries((report.transition?.blocking ?? []).map((task) => [task.comm, task.commandLine]))
}

test('command lines are sent only where asked for, cut, and never read from a task in uninterruptible sleep', async () => {
  expect(await commandLines(false)).toEqual({
    billing: undefined,
    stuck: undefined,
    'kworker/0:1': undefined,
  })
  const asked = await commandLines(true)
  expect(asked).toMatchObject({ stuck: undefined, 'kworker/0:1': undefined })
  expect(asked.billing).toMatch(/^billing --password=hunter2 x+$/)
  expect(asked.billing).toHaveLength(256)
  // Where the rights of level causes are not there, the level is progress, and a setting does not make it more.
  tree.write({ 'proc/1/stack': null })
  expect((await commandLines(true)).billing).toBeUndefined()
})
