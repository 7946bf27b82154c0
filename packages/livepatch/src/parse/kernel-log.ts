import type { Direction, ReportEventKind } from '@graftwatch/contract/vocabulary'
import { clip } from './text.ts'

/**
 * What livepatch says in the kernel log. Source: kernel/livepatch/{core,transition}.c. Pure, never throws.
 */

/** One line of the log. `sequence` is null in plain dmesg text. */
export interface LogLine {
  sequence: number | null
  /** Microseconds of the kernel's log clock, which starts at boot and stands still in suspend. */
  microseconds: number
  message: string
}

/**
 * A record of /dev/kmsg (`priority,sequence,microseconds,flags;message`, continuation lines begin with a space) or a line of
 * dmesg (`[   8.315399] message`); null when it is neither.
 */
export function parseLogLine(line: string): LogLine | null {
  const record = /^\d{1,10},(\d{1,15}),(\d{1,15}),[^;]*;([^\n]*)/.exec(line)
  if (record)
    return { sequence: Number(record[1]), microseconds: Number(record[2]), message: record[3] ?? '' }
  const plain = /^(?:<\d+>)?\[\s*(\d{1,10})\.(\d{6})\]\s?([^\n]*)/.exec(line)
  if (!plain) return null
  return { sequence: null, microseconds: Number(plain[1]) * 1e6 + Number(plain[2]), message: plain[3] ?? '' }
}

/** What a message reports. `patch` is null where the kernel does not name it; it is then the patch in transition. */
export interface LogFact {
  kind: ReportEventKind
  patch: string | null
  /** Only with `transition-started` and `transition-completed`. */
  direction: Direction | null
}

type Read = (match: RegExpExecArray) => LogFact
const named =
  (kind: ReportEventKind): Read =>
  (match) => ({ kind, patch: patchName(match[1]), direction: null })
const unnamed =
  (kind: ReportEventKind): Read =>
  () => ({ kind, patch: null, direction: null })
const directed =
  (kind: ReportEventKind): Read =>
  (match) => ({
    kind,
    patch: patchName(match[1]),
    direction: match[2] === 'unpatching' ? 'unpatching' : 'patching',
  })

/** Names in sysfs are module names, which the kernel prints with `_` for `-`. */
const patchName = (name: string | undefined): string | null => (name ? clip(name, 128) || null : null)

const grammar: readonly (readonly [RegExp, Read])[] = [
  [/^enabling patch '([^']+)'$/, named('patch-enabling')],
  [/^'([^']+)': starting (patching|unpatching) transition$/, directed('transition-started')],
  [/^'([^']+)': (patching|unpatching) complete$/, directed('transition-completed')],
  [/^signaling remaining tasks$/, unnamed('tasks-signaled')],
  [/^forcing remaining tasks to the patched state$/, unnamed('forced')],
  [/^applying patch '([^']+)' to loading module '[^']+'$/, named('module-patched')],
  [/^reverting patch '([^']+)' on unloading module '[^']+'$/, named('module-unpatched')],
  [/^failed to enable patch '([^']+)'$/, named('load-failed')],
  [
    /^Livepatch patch \(([^)]+)\) is not compatible with the already installed livepatches\.$/,
    named('load-failed'),
  ],
]

/** The fact a message states; null for every other message, those of other subsystems included. */
export function parseLogMessage(message: string): LogFact | null {
  const prefix = 'livepatch: '
  if (!message.startsWith(prefix)) return null
  const body = message.slice(prefix.length).trimEnd()
  for (const [pattern, read] of grammar) {
    const match = pattern.exec(body)
    if (match) return read(match)
  }
  return null
}
