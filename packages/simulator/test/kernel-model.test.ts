import { describe, expect, test } from 'vitest'
import { aKernel, anAgent, aPatch, holdIn, namesOf, tidOf } from './models.ts'

describe('the nudge', () => {
  test('an interruptible sleeper holds until the first nudge after 15 s and leaves at it', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'interruptible')
    kernel.load(aPatch())
    kernel.advance(14.9)
    expect(namesOf(kernel.pending())).toEqual(['billing'])
    kernel.advance(0.2)
    expect(kernel.pending()).toEqual([])
    kernel.advance(1)
    expect(kernel.transition).toBeNull()
  })

  test('a D sleeper does not leave at any nudge, only when its event comes', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(3_600)
    expect(kernel.transition?.nudges).toBe(240)
    expect(namesOf(kernel.pending())).toEqual(['billing'])
    kernel.release(tidOf(kernel, 'billing'))
    kernel.advance(1)
    expect(kernel.transition).toBeNull()
  })

  test('a kernel before 5.1 does not nudge, and its interruptible sleeper stays', () => {
    const kernel = aKernel({ kernelRelease: '4.15.0-249-generic' })
    holdIn(kernel, 'billing', 'interruptible')
    kernel.load(aPatch())
    kernel.advance(3_600)
    expect(kernel.transition?.nudges).toBe(0)
    expect(namesOf(kernel.pending())).toEqual(['billing'])
    expect(anAgent(kernel).report().transition?.signalsByItself).toBe(false)
  })

  test('the kernel log tells only the first nudge', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(100)
    expect(kernel.events.filter(({ kind }) => kind === 'tasks-signaled')).toHaveLength(1)
  })

  test('a nudged kernel thread that runs its own patched loop never leaves', () => {
    const kernel = aKernel()
    holdIn(kernel, 'vhost-1', 'ownLoop')
    kernel.load(aPatch())
    kernel.advance(7_200)
    expect(namesOf(kernel.pending())).toEqual(['vhost-1'])
  })

  test('a busy kernel thread holds as long as it runs', () => {
    const kernel = aKernel()
    holdIn(kernel, 'vhost-1', 'running')
    kernel.load(aPatch())
    kernel.advance(600)
    expect(anAgent(kernel).report().transition?.blocking).toMatchObject([
      { comm: 'vhost-1', kind: 'kthread', state: 'R', cause: 'running', stack: null },
    ])
    kernel.release(tidOf(kernel, 'vhost-1'))
    kernel.advance(2)
    expect(kernel.transition).toBeNull()
  })
})

describe('what holds a transition', () => {
  test('a sleeper outside the patched functions holds nothing', () => {
    const kernel = aKernel()
    kernel.hold(tidOf(kernel, 'billing'), { kind: 'uninterruptible', function: 'pipe_read', stack: null })
    kernel.load(aPatch())
    kernel.advance(3)
    expect(kernel.transition).toBeNull()
  })

  test('a vfork parent goes on when its child ends', () => {
    const kernel = aKernel()
    const parent = tidOf(kernel, 'billing')
    const child = kernel.fork(parent, { comm: 'billing-helper' })
    kernel.hold(parent, { kind: 'vfork', function: '__x64_sys_vfork', stack: null, waitsFor: child })
    kernel.load(aPatch())
    kernel.advance(60)
    expect(namesOf(kernel.pending())).toEqual(['billing'])
    expect(anAgent(kernel).report().transition?.blocking[0]?.waitsFor).toEqual({
      pid: child,
      comm: 'billing-helper',
    })
    kernel.exit(child)
    kernel.advance(1)
    expect(kernel.transition).toBeNull()
  })

  test('a thread holds although its process leader has migrated', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing-io', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(10)
    const [blocker] = anAgent(kernel).report().transition?.blocking ?? []
    expect(blocker).toMatchObject({ comm: 'billing-io', pid: tidOf(kernel, 'billing') })
    expect(blocker?.tid).not.toBe(blocker?.pid)
  })

  test('forks of an unmigrated parent raise remaining', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(30)
    expect(kernel.totals().remaining).toBe(1)
    kernel.fork(tidOf(kernel, 'billing'))
    kernel.fork(tidOf(kernel, 'billing'))
    expect(kernel.totals().remaining).toBe(3)
    kernel.advance(1)
    expect(kernel.totals().remaining).toBe(1)
  })

  test('children that come and go are no progress', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(30)
    const before = anAgent(kernel).report().transition?.progressAt
    kernel.fork(tidOf(kernel, 'billing'))
    kernel.advance(30)
    expect(anAgent(kernel).report().transition?.progressAt).toBe(before)
  })
})

describe('kpatch', () => {
  test('kpatch reverses at 75 s and leaves the blocker in the attempt', () => {
    const kernel = aKernel({ manager: 'kpatch' })
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(74.9)
    expect(kernel.transition?.target).toBe(1)
    kernel.advance(0.1)
    expect(kernel.transition?.target).toBe(0)
    expect(anAgent(kernel).report().transition?.direction).toBe('unpatching')
    kernel.advance(2)
    expect(kernel.transition).toBeNull()
    expect(kernel.patches).toEqual([])
    expect(kernel.attempts).toMatchObject([{ direction: 'patching', outcome: 'reversed' }])
    expect(namesOf(kernel.attempts[0]?.blockers ?? [])).toEqual(['billing'])
  })

  test('the patch that was to be replaced goes on after the reversal', () => {
    const kernel = aKernel({ manager: 'kpatch' })
    kernel.startWith(aPatch({ name: 'kpatch_1' }))
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch({ name: 'kpatch_2' }))
    kernel.advance(80)
    expect(kernel.patches).toMatchObject([{ spec: { name: 'kpatch_1' }, enabled: true, leftover: false }])
  })

  test('other managers never reverse by themselves', () => {
    const kernel = aKernel({ manager: 'klp' })
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(86_400)
    expect(kernel.transition?.target).toBe(1)
  })
})

describe('patches', () => {
  test('an atomic replace keeps the old patch until it completes and leaves its module behind', () => {
    const kernel = aKernel()
    kernel.startWith(aPatch({ name: 'livepatch_11' }))
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch({ name: 'livepatch_12' }))
    kernel.advance(60)
    const states = () =>
      anAgent(kernel)
        .report()
        .patches.map(({ name, state }) => [name, state])
    expect(states()).toEqual([
      ['livepatch_11', 'applied'],
      ['livepatch_12', 'pending'],
    ])
    kernel.release(tidOf(kernel, 'billing'))
    kernel.advance(1)
    expect(states()).toEqual([
      ['livepatch_11', 'leftover'],
      ['livepatch_12', 'applied'],
    ])
  })

  test('a second load during a transition is refused and leaves no line in the kernel log', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    const lines = kernel.events.length
    expect(kernel.load(aPatch({ name: 'livepatch_13' }))).toBe('busy')
    expect(kernel.events).toHaveLength(lines)
  })

  test('a disabled patch goes away from 5.1 on and stays listed before', () => {
    for (const [release, left] of [
      ['6.4.0-1', 0],
      ['4.15.0-1', 1],
    ] as const) {
      const kernel = aKernel({ kernelRelease: release })
      kernel.startWith(aPatch())
      kernel.disable(aPatch().name)
      kernel.advance(5)
      expect(kernel.patches, release).toHaveLength(left)
    }
  })

  test('a kernel before 4.12 applies at once, without a transition', () => {
    const kernel = aKernel({ kernelRelease: '4.4.0-1' })
    kernel.load(aPatch())
    expect(kernel.transition).toBeNull()
    expect(kernel.attempts).toMatchObject([{ outcome: 'completed' }])
  })

  test('a reboot has a new boot id and no patch, task state or attempt of the old boot', () => {
    const kernel = aKernel()
    const { bootId } = kernel
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(5)
    kernel.reboot(40)
    expect(kernel.isUp).toBe(false)
    kernel.advance(40)
    expect(kernel.isUp).toBe(true)
    expect(kernel.bootId).not.toBe(bootId)
    expect([kernel.patches, kernel.attempts, kernel.transition, kernel.taint]).toEqual([[], [], null, 0])
  })

  test('the same seed and calls give the same report', () => {
    const run = () => {
      const kernel = aKernel()
      holdIn(kernel, 'billing', 'uninterruptible')
      kernel.load(aPatch())
      kernel.advance(1)
      return anAgent(kernel).report()
    }
    expect(run()).toEqual(run())
  })
})

describe('the agent', () => {
  test('with a readable kernel log direction and start are known at the first reading', () => {
    const kernel = aKernel()
    kernel.advance(60)
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(47 * 60)
    expect(anAgent(kernel).report().transition).toMatchObject({
      direction: 'patching',
      startedAt: '2026-11-23T08:01:00.000Z',
      startedAtSource: 'kernel-log',
    })
  })

  test('without the kernel log the direction is null at the first reading and the start is the first sight', () => {
    const kernel = aKernel({ kernelLogReadable: false })
    const agent = anAgent(kernel)
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(7)
    expect(agent.report()).toMatchObject({
      events: [],
      attempts: [{ direction: null, startedAt: '2026-11-23T08:00:07.000Z' }],
      transition: { direction: null, startedAt: '2026-11-23T08:00:07.000Z', startedAtSource: 'observed' },
    })
    kernel.advance(5)
    expect(agent.report().transition?.direction).toBe('patching')
    kernel.reverse()
    expect(agent.report().transition?.direction).toBeNull()
  })

  test('an agent without the right to stacks names the task and claims no cause', () => {
    const kernel = aKernel({ agentLevel: 'progress' })
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(20)
    expect(anAgent(kernel).report().transition?.blocking).toMatchObject([
      { comm: 'billing', state: 'D', cause: 'no-permission', stack: null, blockingFunction: null },
    ])
  })

  test('events are told until a report is acknowledged, then not again', () => {
    const kernel = aKernel()
    const agent = anAgent(kernel)
    kernel.load(aPatch())
    expect(agent.report().events).toHaveLength(2)
    expect(agent.report().events).toHaveLength(2)
    agent.acknowledge()
    expect(agent.report().events).toEqual([])
    expect(agent.hasNews).toBe(false)
  })

  test('the state hash stays while nothing changes and moves with the remaining tasks', () => {
    const kernel = aKernel()
    const agent = anAgent(kernel)
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(20)
    const first = agent.report().stateHash
    kernel.advance(60)
    expect(agent.report().stateHash).toBe(first)
    kernel.fork(tidOf(kernel, 'billing'))
    expect(agent.report().stateHash).not.toBe(first)
  })
})

describe('what somebody forces', () => {
  test('counts as patched at once; the log tells of it, sysfs does not', () => {
    const kernel = aKernel()
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    kernel.advance(40)
    kernel.force()
    expect(kernel.totals().remaining).toBe(0)
    kernel.advance(2)
    expect(kernel.transition).toBeNull()
    expect(kernel.attempts).toMatchObject([{ outcome: 'forced', blockers: [{ comm: 'billing' }] }])
    expect(kernel.events.map(({ kind }) => kind)).toEqual([
      'patch-enabling',
      'transition-started',
      'tasks-signaled',
      'forced',
      'transition-completed',
    ])
    const [patch] = anAgent(kernel).report().patches
    expect(patch).toMatchObject({ enabled: true, inTransition: false, forced: true })
    const silentLog = aKernel({ kernelLogReadable: false })
    silentLog.load(aPatch())
    silentLog.force()
    silentLog.advance(2)
    expect(anAgent(silentLog).report().patches[0]?.forced).toBeNull()
  })

  test('does nothing where no transition runs', () => {
    const kernel = aKernel()
    kernel.force()
    expect(kernel.events).toEqual([])
  })
})

describe('a transition held for long', () => {
  const held = (options: Parameters<typeof aKernel>[0] = {}) => {
    const kernel = aKernel(options)
    holdIn(kernel, 'billing', 'uninterruptible')
    kernel.load(aPatch())
    return kernel
  }

  test.each([{}, { kernelRelease: '4.19.0-27-amd64' }, { manager: 'kpatch' as const }])(
    'is the same whether time passes at once or second by second: %o',
    (profile) => {
      const [leaping, stepping] = [held(profile), held(profile)]
      leaping.advance(3_661)
      for (let second = 0; second < 3_661; second += 1) stepping.advance(1)
      expect(leaping.transition).toEqual(stepping.transition)
      expect(leaping.events).toEqual(stepping.events)
      expect(leaping.attempts).toEqual(stepping.attempts)
      for (const kernel of [leaping, stepping]) {
        kernel.release(tidOf(kernel, 'billing'))
        kernel.advance(5)
      }
      expect(leaping.events).toEqual(stepping.events)
    },
  )

  test('costs no more for a year than for a minute', () => {
    const kernel = held()
    kernel.advance(365 * 86_400)
    expect(kernel.transition?.nudges).toBe(Math.floor((365 * 86_400) / 15))
  })
})

test('uname carries the number of a patch that rewrites it, without a new boot', () => {
  const kernel = aKernel({ kernelRelease: '6.12.95' })
  const { bootId } = kernel
  kernel.startWith(aPatch({ name: 'livepatch_4', releaseSuffix: '.4' }))
  expect(kernel.uname).toBe('6.12.95.4')
  kernel.load(aPatch({ name: 'livepatch_6', releaseSuffix: '.6' }))
  kernel.advance(5)
  expect([kernel.uname, kernel.bootId]).toEqual(['6.12.95.6', bootId])
})
