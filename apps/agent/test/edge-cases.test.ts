import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hostReport } from '@graftwatch/contract/report'
import { expect, onTestFinished, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, patch, task } from './host-tree.ts'

/**
 * The edge cases of the reference on kernel interfaces, by its numbers: each is a case here, or names the test that proves it.
 */
const numbers = Array.from({ length: 65 }, (_, index) => index + 1)

type Files = Parameters<ReturnType<typeof createTree>['write']>[0]
const morning = Date.parse('2026-11-23T09:00:00.000Z')

/** A host of these files and an agent on it. `onClock` runs whenever the agent asks for the time, which is also under a scan. */
function aHost(...files: Files[]) {
  const tree = createTree(Object.assign({}, ...files))
  const clock = { ms: morning }
  let onClock = (): void => {}
  const now = (): number => {
    onClock()
    return clock.ms
  }
  const reader = createReader({ files: hostFiles(tree.root), labels: {}, now })
  onTestFinished(() => {
    reader.close()
    tree.remove()
  })
  return {
    tree,
    underScan(what: () => void) {
      onClock = what
    },
    async read(afterSeconds = 0): Promise<Reading> {
      clock.ms += afterSeconds * 1000
      const reading = await reader.read()
      hostReport.parse({ ...reading, sequence: 1 })
      return reading
    },
  }
}

const klp = (reading: Reading) => reading.sources.find(({ name }) => name === 'klp')
const init = task(1, { patchState: '1' })
const moving = { ...init, ...task(2, { patchState: '1', kthread: true, comm: 'kthreadd' }) }
const inPatched = '[<0>] pipe_read+0x1/0x2\n'
const elsewhereInKernel = '[<0>] schedule+0x1/0x2\n'
const module = (name: string, uses = 0) => `${name} 16384 ${uses} - Live 0x0000000000000000 (OEK)\n`

const cases: Record<number, readonly [situation: string, check: () => Promise<void>]> = {
  1: [
    'without sysfs nothing is known of the mechanism',
    async () => {
      const host = aHost()
      host.tree.write({ sys: null })
      expect(klp(await host.read())).toMatchObject({ status: 'failed', reason: 'no-sysfs' })
    },
  ],
  2: [
    'a kernel without the directory does not support it',
    async () => expect(klp(await aHost({ 'sys/kernel/': '' }).read())).toMatchObject({ status: 'absent' }),
  ],
  3: [
    'an empty directory is support without a patch',
    async () => {
      const reading = await aHost({ 'sys/kernel/livepatch/': '' }).read()
      expect([klp(reading)?.status, reading.patches]).toEqual(['ok', []])
    },
  ],
  4: [
    'a configuration that only could have it is no support',
    async () => {
      const config = { 'boot/config-6.1.0-56-amd64': 'CONFIG_HAVE_LIVEPATCH=y\n' }
      expect(klp(await aHost({ 'sys/kernel/': '' }, config).read())).toMatchObject({ status: 'absent' })
    },
  ],
  5: [
    'before 4.12 a patch is applied or disabled, and there is no progress',
    async () => {
      const old = { 'proc/sys/kernel/osrelease': '4.4.0-210-generic\n' }
      const flag = (name: string, value: string) => ({ [`sys/kernel/livepatch/${name}/enabled`]: value })
      const reading = await aHost(old, flag('a', '1\n'), flag('b', '0\n')).read()
      expect(reading.patches.map(({ state }) => state)).toEqual(['applied', 'disabled'])
      expect(reading.transition).toBeNull()
    },
  ],
  6: [
    'without rights on tasks the patch is known and the counts are not',
    async () => {
      const { patches, transition } = await aHost(patch(1, 1), task(1, { patchState: null })).read()
      expect(patches).toMatchObject([{ enabled: true, inTransition: true }])
      expect(transition).toMatchObject({
        confidence: 'none',
        confidenceReason: 'eacces',
        tasks: { total: null, remaining: null, unreadable: 1 },
      })
    },
  ],
  7: [
    'some tasks refused make the counts a lower bound',
    async () => {
      const { transition } = await aHost(patch(1, 1), moving, task(9, { patchState: null })).read()
      expect(transition).toMatchObject({
        confidence: 'partial',
        confidenceReason: 'eacces',
        tasks: { total: 2 },
      })
    },
  ],
  8: [
    'hidden processes: none remaining is no completion',
    async () => {
      const mounts = { 'proc/mounts': 'proc /proc proc rw,hidepid=invisible 0 0\n' }
      const { transition } = await aHost(patch(1, 1), task(77, { patchState: '1' }), mounts).read()
      expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'hidepid' })
    },
  ],
  9: [
    'in a PID namespace with the host’s sysfs only a part is seen',
    async () => {
      const { transition } = await aHost(patch(1, 1), init, task(2, { patchState: '1' })).read()
      expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'pidns' })
    },
  ],
  10: [
    'none remaining in a transition is finishing, not applied',
    async () => {
      const { patches, transition } = await aHost(patch(1, 1), moving).read()
      expect(patches[0]?.state).toBe('pending')
      expect(transition?.tasks.remaining).toBe(0)
    },
  ],
  11: [
    'if that lasts it waits for tasks nobody sees, at most one for each possible CPU',
    async () => {
      const host = aHost(patch(1, 1), moving)
      await host.read()
      const { patches, transition } = await host.read(12)
      expect(patches[0]?.state).toBe('pending')
      expect(transition).toMatchObject({ confidence: 'full', tasks: { remaining: 0, idleHidden: 4 } })
    },
  ],
  12: [
    'most tasks outside of the transition is its edge',
    async () => {
      const tasks = [3, 4, 5].map((tid) => task(tid, { patchState: '-1' }))
      const { transition } = await aHost(patch(1, 1), moving, ...tasks).read()
      expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'edge' })
    },
  ],
  13: [
    'a direction that flips under the scan is not reported from it',
    async () => {
      const host = aHost(patch(1, 1), moving)
      let enabled: 0 | 1 = 1
      host.underScan(() => {
        enabled = enabled === 1 ? 0 : 1
        host.tree.write(patch(enabled, 1))
      })
      expect((await host.read()).transition).toMatchObject({ direction: null, confidenceReason: 'race' })
    },
  ],
  15: [
    'children of tasks left behind are left behind too',
    async () => {
      const host = aHost(patch(1, 1), moving, task(50, { patchState: '0' }))
      expect((await host.read()).transition?.tasks.remaining).toBe(1)
      host.tree.write({ ...task(51, { patchState: '0' }), ...task(52, { patchState: '0' }) })
      expect((await host.read(5)).transition?.tasks).toMatchObject({ total: 5, migrated: 2, remaining: 3 })
    },
  ],
  16: [
    'a task that exits under the scan is in no count',
    async () => {
      const { transition } = await aHost(patch(1, 1), moving, { 'proc/4/task/4/': '' }).read()
      expect(transition).toMatchObject({ confidence: 'full', tasks: { total: 2, unreadable: 0 } })
    },
  ],
  17: [
    'a zombie blocks nothing',
    async () => {
      const zombie = task(50, { state: 'Z', patchState: '0', stack: '' })
      const { transition } = await aHost(patch(1, 1), moving, zombie).read()
      expect(transition).toMatchObject({ blocking: [], blockingOmitted: 1, tasks: { remaining: 1 } })
    },
  ],
  18: [
    'a worker left behind by its leader is found by its own id',
    async () => {
      const leader = task(50, { patchState: '1', threads: 2 })
      const worker = task(51, { pid: 50, comm: 'pool-1', patchState: '0', threads: 2, stack: inPatched })
      const { transition } = await aHost(patch(1, 1), moving, leader, worker).read()
      expect(transition?.blocking).toMatchObject([{ pid: 50, tid: 51, comm: 'pool-1' }])
    },
  ],
  19: [
    'of a task in uninterruptible sleep the stack is read and never the command line',
    async () => {
      const held = task(50, { state: 'D', patchState: '0', stack: inPatched })
      const { transition } = await aHost(patch(1, 1), moving, held, { 'proc/50/cmdline': 'secret\0' }).read()
      expect(transition?.blocking).toMatchObject([{ state: 'D', stack: ['pipe_read'] }])
      expect(JSON.stringify(transition)).not.toContain('secret')
    },
  ],
  20: [
    'a kernel thread has its whole name and no unit',
    async () => {
      const held = task(50, { kthread: true, comm: 'vhost-1234', patchState: '0', stack: inPatched })
      const { transition } = await aHost(patch(1, 1), moving, held).read()
      expect(transition?.blocking).toMatchObject([{ kind: 'kthread', comm: 'vhost-1234', unit: null }])
      expect(transition?.tasks.kthreadsRemaining).toBe(1)
    },
  ],
  21: [
    'a task that never sleeps is running',
    async () => {
      const host = aHost(patch(1, 1), moving, task(50, { state: 'R', patchState: '0' }))
      await host.read()
      expect((await host.read(5)).transition?.blocking).toMatchObject([{ state: 'R', cause: 'running' }])
    },
  ],
  22: [
    'a stopped or traced task is named in the patched code, with its state, and nowhere else',
    async () => {
      const inside = task(50, { state: 'T', patchState: '0', stack: inPatched })
      const outside = task(51, { state: 't', patchState: '0', stack: elsewhereInKernel })
      const { transition } = await aHost(patch(1, 1), moving, inside, outside).read()
      expect(transition?.blocking).toMatchObject([
        { tid: 50, state: 'T', cause: 'sleeping-in-patched-function' },
      ])
      expect(transition?.blockingOmitted).toBe(1)
    },
  ],
  23: [
    'a wait channel of 0 says nothing',
    async () => {
      const held = { ...task(50, { patchState: '0' }), 'proc/50/task/50/wchan': '0' }
      const { transition } = await aHost(patch(1, 1), moving, held).read()
      expect(transition?.blocking).toMatchObject([{ waitChannel: null, cause: 'no-permission' }])
    },
  ],
  24: [
    'without the right to a stack the task is counted, and named without a guess',
    async () => {
      const { transition } = await aHost(patch(1, 1), moving, task(50, { patchState: '0' })).read()
      expect(transition?.tasks.remaining).toBe(1)
      expect(transition?.blocking).toMatchObject([
        { stack: null, cause: 'no-permission', blockingFunction: null },
      ])
    },
  ],
  25: [
    'an empty stack is no evidence and no error',
    async () => {
      const held = task(50, { state: 'R', patchState: '0', stack: '' })
      const reading = await aHost(patch(1, 1), moving, held).read()
      expect(klp(reading)?.status).toBe('ok')
      expect(reading.transition?.blocking).toMatchObject([{ stack: [], cause: 'running' }])
    },
  ],
  26: [
    'a name may hold parentheses and a newline',
    async () => {
      const comm = '(a) R (b\nc'
      const { transition } = await aHost(
        patch(1, 1),
        moving,
        task(50, { comm, patchState: '0', stack: inPatched }),
      ).read()
      expect(transition?.blocking).toMatchObject([{ comm, state: 'S' }])
    },
  ],
  27: [
    'a long kworker name stays whole',
    async () => {
      const comm = 'kworker/0:1H-kblockd'
      const held = task(50, { comm, kthread: true, patchState: '0', stack: inPatched })
      expect((await aHost(patch(1, 1), moving, held).read()).transition?.blocking).toMatchObject([{ comm }])
    },
  ],
  28: [
    'two transitions at once are a race',
    async () => {
      const { transition } = await aHost(patch(1, 1, 'a'), patch(1, 1, 'b'), moving).read()
      expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'race' })
    },
  ],
  29: [
    'neither enabled nor moving: disabled while it stays, and dropped once it left',
    async () => {
      const host = aHost(patch(0, 0))
      expect((await host.read()).patches.map(({ state }) => state)).toEqual(['disabled'])
      host.tree.write({ 'sys/kernel/livepatch/p': null })
      expect((await host.read(60)).patches).toEqual([])
    },
  ],
  30: [
    'a directory that empties while it is read is dropped',
    async () => {
      const reading = await aHost(patch(1, 0), { 'sys/kernel/livepatch/gone/': '' }).read()
      expect(klp(reading)?.status).toBe('ok')
      expect(reading.patches.map(({ name }) => name)).toEqual(['p'])
    },
  ],
  31: [
    'a replaced module that is still loaded is left over',
    async () => {
      const { patches } = await aHost(patch(1, 0), { 'proc/modules': module('p', 1) + module('old') }).read()
      expect(patches.map(({ name, state }) => [name, state])).toEqual([
        ['p', 'applied'],
        ['old', 'leftover'],
      ])
    },
  ],
  32: [
    'one left over and in use cannot be removed',
    async () => {
      const loaded = { 'proc/modules': module('old', 1), 'sys/module/old/refcnt': '1\n' }
      const { patches } = await aHost({ 'sys/kernel/livepatch/': '' }, loaded).read()
      expect(patches).toMatchObject([{ state: 'leftover', refCount: 1, forced: null }])
    },
  ],
  33: [
    'a force that was logged stays with the patch',
    async () => {
      const log = [
        "[   91.000000] livepatch: 'p': starting patching transition",
        '[   99.000000] livepatch: forcing remaining tasks to the patched state',
        "[   99.100000] livepatch: 'p': patching complete",
      ].join('\n')
      const { patches, attempts } = await aHost(patch(1, 0), { 'dev/kmsg': log }).read()
      expect(patches).toMatchObject([{ state: 'applied', forced: true }])
      expect(attempts).toMatchObject([{ outcome: 'forced' }])
    },
  ],
  34: [
    'the mark of a live-patched kernel outlives the patch',
    async () => {
      const tainted = { 'proc/sys/kernel/tainted': '32768\n' }
      const reading = await aHost({ 'sys/kernel/livepatch/': '' }, tainted).read()
      expect([reading.kernel.livepatchTaint, reading.patches]).toEqual([true, []])
    },
  ],
  35: [
    'sysfs counts where the mark is missing',
    async () => {
      const { kernel, patches } = await aHost(patch(1, 0), { 'proc/sys/kernel/tainted': '0\n' }).read()
      expect([kernel.livepatchTaint, patches[0]?.state]).toEqual([false, 'applied'])
    },
  ],
  36: [
    'an object that is not loaded waits for its module',
    async () => {
      const object = 'sys/kernel/livepatch/p/nf_tables'
      const waiting = { [`${object}/patched`]: '0\n', [`${object}/nft_do,1/`]: '', 'sys/module/ext4/': '' }
      const { patches } = await aHost(patch(1, 0), waiting).read()
      expect(patches[0]).toMatchObject({
        state: 'applied',
        objects: [
          { name: 'nf_tables', patched: false, loaded: false },
          { name: 'vmlinux', patched: true },
        ],
      })
    },
  ],
  37: [
    'functions that replace nothing leave the list when the transition ends',
    async () => {
      const nop = 'sys/kernel/livepatch/p/vmlinux/old_fix,1/'
      const host = aHost(patch(1, 1), moving, { [nop]: '' })
      await host.read()
      host.tree.write({ ...patch(1, 0), [nop.slice(0, -1)]: null })
      const { patches } = await host.read(5)
      expect(patches[0]?.objects[0]?.functions).toEqual([{ name: 'pipe_read', position: 1 }])
    },
  ],
  38: [
    'an attribute nobody knows is ignored',
    async () => {
      const { patches } = await aHost(patch(1, 0), { 'sys/kernel/livepatch/p/replace_set': '7\n' }).read()
      expect(patches[0]).toMatchObject({ state: 'applied', objects: [{ name: 'vmlinux' }] })
    },
  ],
  39: [
    'where tasks are nudged by hand the kernel does not do it by itself',
    async () => {
      const { transition } = await aHost(patch(1, 1), moving, { 'sys/kernel/livepatch/p/signal': '' }).read()
      expect(transition?.signalsByItself).toBe(false)
    },
  ],
  40: [
    'an architecture without reliable stacks is no fault of the agent',
    async () => {
      const log =
        '[    1.000000] livepatch: The livepatch transition may never complete.\n' +
        "[    2.000000] livepatch: 'p': starting patching transition\n"
      const reading = await aHost(patch(1, 1), moving, { 'dev/kmsg': log }).read()
      expect(reading.sources.every(({ status }) => status !== 'failed')).toBe(true)
      expect(reading.events.map(({ kind }) => kind)).toEqual(['transition-started'])
    },
  ],
  43: [
    'several patches side by side are healthy',
    async () => {
      const reading = await aHost(patch(1, 0, 'a'), patch(1, 0, 'b'), patch(1, 0, 'c')).read()
      expect(reading.patches.map(({ state }) => state)).toEqual(['applied', 'applied', 'applied'])
    },
  ],
  47: [
    'a boot that changes under the scan spoils it',
    async () => {
      const host = aHost(patch(1, 1), moving)
      let boot = 0
      host.underScan(() => host.tree.write({ 'proc/sys/kernel/random/boot_id': `boot-${boot++}\n` }))
      expect((await host.read()).transition).toMatchObject({ confidenceReason: 'race' })
    },
  ],
  52: [
    'Ksplice is read where the kernel shows it, whoever holds the lock of its client',
    async () => {
      const reading = await aHost({
        'sys/kernel/': '',
        'sys/module/ksplice_aaaaaaaa/ksplice/stage': 'applied\n',
        'var/lib/uptrack/lock': '4711\n',
      }).read()
      expect(reading.patches).toMatchObject([{ mechanism: 'ksplice', state: 'applied' }])
    },
  ],
  61: [
    'redirection switched off is told beside the patch',
    async () => {
      const { kernel, patches } = await aHost(patch(1, 0), { 'proc/sys/kernel/ftrace_enabled': '0\n' }).read()
      expect([kernel.ftraceEnabled, patches[0]?.state]).toEqual([false, 'applied'])
    },
  ],
  62: [
    'a scan that takes too long ends, and says how far it came',
    async () => {
      const crowd = Array.from({ length: 600 }, (_, index) => task(1000 + index, { patchState: '1' }))
      const host = aHost(patch(1, 1), moving, ...crowd)
      let asked = 0
      const slow = createReader({
        files: hostFiles(host.tree.root),
        labels: {},
        now: () => morning + asked++ * 6000,
      })
      const { transition } = await slow.read()
      expect(transition).toMatchObject({ confidence: 'partial', confidenceReason: 'timeout' })
      expect(transition?.tasks.total).toBe(500)
    },
  ],
  65: [
    'a kernel without modules has none left over',
    async () => {
      const reading = await aHost(patch(1, 0), { 'sys/module/': '' }).read()
      expect(klp(reading)?.status).toBe('ok')
      expect(reading.patches.map(({ state }) => state)).toEqual(['applied'])
    },
  ],
}

/** Proven by a test of this name in that file. */
const elsewhere: Record<number, readonly [file: string, name: string]> = {
  14: ['apps/agent/test/klp.test.ts', 'a tool that gives up after 75 s leaves who held it'],
  41: [
    'packages/livepatch/src/misleading.test.ts',
    'only the disk against sysfs shows it: queued behind the open transition',
  ],
  42: ['apps/agent/test/packages-rpm.test.ts', '§14 #42'],
  44: ['apps/agent/test/packages-dpkg.test.ts', '§14 #44'],
  45: ['packages/livepatch/src/reduce.test.ts', 'within ten minutes of the boot the reason is justBooted'],
  46: ['apps/agent/test/packages-rpm.test.ts', '§14 #46'],
  48: ['apps/agent/test/vendors.test.ts', '(48)'],
  49: ['apps/agent/test/vendors.test.ts', '(49)'],
  50: ['apps/agent/test/vendors.test.ts', '(50)'],
  51: ['apps/agent/test/vendors.test.ts', '(51)'],
  53: ['apps/agent/test/vendors.test.ts', '(53)'],
  54: ['apps/agent/test/vendors.test.ts', '(54)'],
  55: ['apps/agent/test/golden/vendor-hosts.ts', "'ksplice-aborted'"],
  56: ['apps/agent/test/vendors.test.ts', '(56)'],
  57: ['apps/agent/test/vendors.test.ts', '(57)'],
  58: ['apps/agent/test/vendors.test.ts', '(58)'],
  59: ['apps/agent/test/kgraft.test.ts', '§14.59'],
  60: ['apps/agent/test/kgraft.test.ts', '§14.60'],
  63: ['apps/agent/test/programs.test.ts', 'it runs without a language'],
  64: ['apps/agent/test/programs.test.ts', 'what takes too long is ended with all it started, and says so'],
}

test.each(Object.entries(cases).map(([number, [situation, check]]) => ({ number, situation, check })))(
  '§14.$number: $situation',
  ({ check }) => check(),
)

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

test.each(Object.entries(elsewhere))('§14.%s is proven elsewhere', (_number, [file, name]) => {
  expect(readFileSync(inRepository(file), 'utf8')).toContain(name)
})

test('every number of the reference is here, once', () => {
  const here = [...Object.keys(cases), ...Object.keys(elsewhere)].map(Number)
  expect(here.sort((a, b) => a - b)).toEqual(numbers)
})
