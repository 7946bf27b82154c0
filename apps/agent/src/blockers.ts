import type { BlockingTask, ReportPatch } from '@graftwatch/contract/report'
import type { BlockerCause, Direction } from '@graftwatch/contract/vocabulary'
import { type BlockingFrame, findBlockingFrame } from '@graftwatch/livepatch/blocking'
import { symbolKey } from '@graftwatch/livepatch/parse/host'
import { parseEnabledFunctions } from '@graftwatch/livepatch/parse/klp'
import {
  frameText,
  parseStack,
  parseStat,
  parseUnit,
  parseWaitChannel,
  type StackFrame,
  type TaskStat,
} from '@graftwatch/livepatch/parse/task'
import { findAwaited } from './awaited-child.ts'
import type { HostFiles } from './host-files.ts'
import type { Identity } from './identity.ts'
import { createPatientReader } from './patient-read.ts'
import { type SymbolAddresses, symbolAddresses } from './symbol-aliases.ts'
import type { RemainingTask } from './task-scan.ts'

/** What the tasks left behind are looked at for. */
export interface Situation {
  files: HostFiles
  identity: Identity
  direction: Direction
  patch: ReportPatch
  otherPatches: readonly ReportPatch[]
  nowMs: number
}

/** Evidence on blocking tasks, kept from reading to reading of one transition. */
export interface BlockerBook {
  /** At most 100 tasks, longest known first; `omitted` counts the others. Reads only; never throws. */
  describe(
    remaining: readonly RemainingTask[],
    situation: Situation,
  ): Promise<{ blocking: BlockingTask[]; omitted: number }>
}

const maxListed = 100
/** A stack read takes a lock of the task it is about, so that a task stuck in execve can hold the reader: rare, and aside. */
const maxStacks = 20
/** One for all transitions: a read that blocks may outlive the one it was for. */
const stacks = createPatientReader()
const stackFreshMs = 20_000
const ticksPerSecond = 100

interface Evidence {
  startTicks: number
  firstSeenAt: string
  /** Readings in a row that found it running. */
  runningReadings: number
  state: string
  stack: StackFrame[] | null
  stackReadMs: number
}

export function createBlockerBook(): BlockerBook {
  let book = new Map<number, Evidence>()
  let addresses: SymbolAddresses | null = null

  /** Those known longest come first, so that the same tasks keep their place and their stacks. */
  function inOrder(remaining: readonly RemainingTask[]): RemainingTask[] {
    const rank = (task: RemainingTask): string => book.get(task.tid)?.firstSeenAt ?? '~'
    return [...remaining]
      .map((task) => ({ task, rank: rank(task) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.task.tid - b.task.tid))
      .map(({ task }) => task)
  }

  function recall(stat: TaskStat, nowMs: number): Evidence {
    const known = book.get(stat.tid)
    const isRunning = stat.state === 'R'
    if (known?.startTicks === stat.startTicks) {
      known.runningReadings = isRunning ? known.runningReadings + 1 : 0
      if (known.state !== stat.state) known.stackReadMs = 0
      known.state = stat.state
      return known
    }
    const firstSeenAt = new Date(nowMs).toISOString()
    const runningReadings = isRunning ? 1 : 0
    return {
      startTicks: stat.startTicks,
      firstSeenAt,
      runningReadings,
      state: stat.state,
      stack: null,
      stackReadMs: 0,
    }
  }

  async function locate(frames: StackFrame[], situation: Situation): Promise<BlockingFrame | null> {
    const { patch, otherPatches, direction, files } = situation
    const evidence = { direction, patch, frames, otherPatches }
    const functions = patch.objects.flatMap((object) =>
      object.functions.map((fn) => ({ object: object.name, ...fn })),
    )
    const isPlain = frames.some((frame) =>
      functions.some((fn) => fn.name === frame.symbol && fn.object === (frame.module ?? 'vmlinux')),
    )
    if (isPlain || direction === 'unpatching' || frames.length === 0) return findBlockingFrame(evidence)
    addresses ??= symbolAddresses(files)
    const table = addresses
    const moduleOf = (object: string): string | null => (object === 'vmlinux' ? null : object)
    await table.learn([
      ...functions.map((fn) => symbolKey(fn.name, moduleOf(fn.object))),
      ...frames.map((frame) => symbolKey(frame.symbol, frame.module)),
    ])
    const trace =
      files.text('sys/kernel/tracing/enabled_functions') ??
      files.text('sys/kernel/debug/tracing/enabled_functions')
    return findBlockingFrame({
      ...evidence,
      enabledFunctions: trace === null ? null : parseEnabledFunctions(trace),
      sameAddress(name, symbol, module) {
        const position = functions.find((fn) => fn.name === name && moduleOf(fn.object) === module)?.position
        const all = table.of(name, module)
        const own = position && all.length >= position ? [all[position - 1]] : all
        return table.of(symbol, module).some((address) => own.includes(address))
      },
    })
  }

  async function examine(
    task: RemainingTask,
    withStack: boolean,
    situation: Situation,
    next: Map<number, Evidence>,
  ) {
    const { files, nowMs, identity } = situation
    const path = `proc/${task.pid}/task/${task.tid}`
    const stat = parseStat(files.text(`${path}/stat`, 4096) ?? '')
    if (!stat) return 'gone'
    const evidence = recall(stat, nowMs)
    next.set(task.tid, evidence)
    if (withStack && nowMs - evidence.stackReadMs >= stackFreshMs) {
      const text = await stacks.text(files, `${path}/stack`)
      evidence.stack = text === null ? null : parseStack(text)
      evidence.stackReadMs = nowMs
    }
    const frames = withStack ? evidence.stack : null
    const waitChannel = parseWaitChannel(files.text(`${path}/wchan`, 512) ?? '')
    // kGraft looks at no stack: a task is left behind wherever in the kernel it sleeps, and no frame is the reason.
    const isByBoundary = situation.patch.mechanism === 'kgraft'
    const found = isByBoundary
      ? null
      : await locate(frames ?? (waitChannel ? [{ symbol: waitChannel, module: null }] : []), situation)
    const cause = isByBoundary
      ? isRunning(evidence, frames)
        ? 'running'
        : 'not-at-boundary'
      : causeOf(found, frames, evidence, withStack)
    if (cause === null) return 'unexplained'
    const blocking: BlockingTask = {
      pid: task.pid,
      tid: task.tid,
      comm: stat.comm,
      kind: task.isKernelThread ? 'kthread' : 'user',
      state: stat.state,
      cause,
      waitChannel,
      blockingFunction: found?.blockingFunction ?? null,
      blockingFrame: frames === null ? null : (found?.frame ?? null),
      stack: frames?.map(frameText) ?? null,
      waitsFor: frames === null ? null : findAwaited(files, task, frames),
      unit: task.isKernelThread ? null : parseUnit(files.text(`${path}/cgroup`) ?? ''),
      taskStartedAt: startOf(stat, identity),
      firstSeenAt: evidence.firstSeenAt,
    }
    return blocking
  }

  return {
    async describe(remaining, situation) {
      const blocking: BlockingTask[] = []
      const next = new Map<number, Evidence>()
      let gone = 0
      for (const [place, task] of inOrder(remaining).slice(0, maxListed).entries()) {
        const found = await examine(task, place < maxStacks, situation, next)
        if (found === 'gone') gone++
        else if (found !== 'unexplained') blocking.push(found)
      }
      book = next
      return { blocking, omitted: remaining.length - gone - blocking.length }
    },
  }
}

/**
 * Why the task has not migrated, from its own evidence only. Null when its stack was not asked for and nothing else tells:
 * such a task is counted, and named once there is room.
 */
function causeOf(
  found: BlockingFrame | null,
  frames: StackFrame[] | null,
  evidence: Evidence,
  withStack: boolean,
): BlockerCause | null {
  if (found) return 'sleeping-in-patched-function'
  if (isRunning(evidence, frames)) return 'running'
  if (isHarmless(evidence.state, frames)) return null
  if (frames !== null) return 'unreliable-stack'
  return withStack ? 'no-permission' : null
}

/** Neither an exited task nor one that is stopped or traced outside of the patched code holds anything up: both switch at once. */
const isHarmless = (state: string, frames: StackFrame[] | null): boolean =>
  state === 'Z' || state === 'X' || ((state === 'T' || state === 't') && frames !== null)

/** One look at the state alone may have caught a task in passing. */
const isRunning = (evidence: Evidence, frames: StackFrame[] | null): boolean =>
  evidence.state === 'R' && (frames !== null || evidence.runningReadings >= 2)

function startOf(stat: TaskStat, identity: Identity): string | null {
  if (identity.bootedAtMs === null) return null
  return new Date(identity.bootedAtMs + Math.round((stat.startTicks * 1000) / ticksPerSecond)).toISOString()
}
