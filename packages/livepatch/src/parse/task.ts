import { clip } from './text.ts'

/**
 * Texts of /proc/<pid>/task/<tid>. Source: proc(5), fs/proc/array.c. Pure, never throws.
 */

/** Flag in field 9 of `stat` that marks a kernel thread (PF_KTHREAD). */
const kernelThreadFlag = 0x00200000

export interface TaskStat {
  tid: number
  /** As the kernel prints it: may hold spaces, `)`, newlines; bytes that are not UTF-8 are U+FFFD, NUL is gone. */
  comm: string
  /** One letter: R S D T t Z X I P. */
  state: string
  parentPid: number
  isKernelThread: boolean
  /** Threads of its process, an exited leader that still has threads included. */
  threads: number
  /** Start of the task in clock ticks (1/100 s) since boot; with the tid it names a task for the life of the boot. */
  startTicks: number
}

/** `stat`, or null when it is not one. `comm` ends at the last `)`, since it may contain any character itself. */
export function parseStat(text: string): TaskStat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 1 || close < open) return null
  const tid = Number(text.slice(0, open))
  // Fields from 3 on: state ppid pgrp session tty tpgid flags(9) … num_threads(20) … starttime(22).
  const fields = text.slice(close + 2).split(' ', 20)
  const state = fields[0] ?? ''
  const parentPid = Number(fields[1])
  const flags = Number(fields[6])
  const threads = Number(fields[17])
  const startTicks = Number(fields[19])
  if (!isTaskId(tid) || !/^[A-Za-z]$/.test(state) || !isTaskId(parentPid)) return null
  if (!Number.isSafeInteger(flags) || !Number.isSafeInteger(startTicks) || startTicks < 0) return null
  const comm = cleanName(text.slice(open + 1, close))
  // Flags are an unsigned 32-bit number, and bit 21 is all that is asked, so the signed result of & does no harm.
  return {
    tid,
    comm,
    state,
    parentPid,
    isKernelThread: (flags & kernelThreadFlag) !== 0,
    threads,
    startTicks,
  }
}

const isTaskId = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 4_194_304

/** `comm` file: the name and one newline that is not part of it. */
export function parseComm(text: string): string {
  return cleanName(text.endsWith('\n') ? text.slice(0, -1) : text)
}

/** kworkers exceed the usual 15 characters. */
const cleanName = (name: string): string => clip(name, 64)

/**
 * The name a task is grouped under in counts. User names are kept as they are; kernel threads lose what follows `/` or `:`,
 * so that `ksoftirqd/0` and `ksoftirqd/1`, or sixty `kworker/…`, are one group each.
 */
export function groupName(comm: string, isKernelThread: boolean): string {
  if (!isKernelThread) return comm
  const end = comm.search(/[/:]/)
  return end > 0 ? comm.slice(0, end) : comm
}

export interface StackFrame {
  symbol: string
  module: string | null
}

const frameLine = /^\[<[0-9a-f]+>\]\s+(\S+?)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?:\s+\[([^\]]+)\])?$/

/** `stack`, innermost frame first, at most 128. Lines that are not frames, and the end mark of older kernels, are left out. */
export function parseStack(text: string): StackFrame[] {
  const frames: StackFrame[] = []
  for (const line of text.split('\n')) {
    const match = frameLine.exec(line.trim())
    const symbol = match?.[1]
    if (!symbol || symbol.startsWith('0x')) continue
    frames.push({ symbol: clip(symbol, 200), module: match[2] ? clip(match[2], 64) : null })
    if (frames.length === 128) break
  }
  return frames
}

/** A frame as reports carry it: `symbol`, or `symbol [module]`. */
export function frameText(frame: StackFrame): string {
  return frame.module === null ? frame.symbol : `${frame.symbol} [${frame.module}]`
}

/** `wchan`, or null for `0`, which means "not permitted", "not blocked" or "unknown" alike: no information. */
export function parseWaitChannel(text: string): string | null {
  const channel = clip(text.trim(), 256)
  return channel === '' || channel === '0' ? null : channel
}

/**
 * The systemd unit behind a task: the last path component ending in .service, .scope or .slice, of the v2 line (`0::…`) or
 * the v1 line `name=systemd`. What a user's own systemd runs is that user's `user@<uid>.service`: the names below it are the user's
 * choice, and may be those of the host's units. Null for the root group, which is where kernel threads are.
 */
export function parseUnit(cgroupText: string): string | null {
  let path: string | null = null
  for (const line of cgroupText.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (!match) continue
    if (match[1] === 'name=systemd') return lastUnit(match[2] ?? '')
    if (match[1] === '') path = match[2] ?? null
  }
  return path === null ? null : lastUnit(path)
}

function lastUnit(path: string): string | null {
  const parts = path.split('/')
  const manager = parts.find((part) => /^user@\d+\.service$/.test(part))
  const unit = manager ?? parts.findLast((part) => /\.(service|scope|slice)$/.test(part))
  return unit === undefined ? null : clip(unit, 256)
}

/** `children`: pids of the task's own children, oldest first. */
export function parseChildren(text: string): number[] {
  return text.split(/\s+/).filter(isDigits).map(Number).filter(isTaskId)
}

const isDigits = (part: string): boolean => /^\d{1,7}$/.test(part)
