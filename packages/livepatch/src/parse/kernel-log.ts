import type { Direction, Mechanism, ReportEventKind } from '@graftwatch/contract/vocabulary'
import { clip } from './text.ts'

/**
 * What live patching says in the kernel log. Sources: kernel/livepatch/{core,transition}.c; SUSE's kernel/kgraft.c, whose lines
 * begin with `kgr`; kpatch's kmod/core/core.c. Pure, never throws.
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
  mechanism: Mechanism
  kind: ReportEventKind
  patch: string | null
  /** Only with `transition-started` and `transition-completed`. */
  direction: Direction | null
}

type Read = (match: RegExpExecArray) => Omit<LogFact, 'mechanism'>
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

const started =
  (direction: Direction): Read =>
  (match) => ({ kind: 'transition-started', patch: patchName(match[1]), direction })

/**
 * kGraft names patches by their own name, which need not be the module's. It refuses only before a transition has begun, and
 * then puts back what was; that another one is running is no failure of that other one.
 */
const kgraftGrammar: typeof grammar = [
  [/^kgr: applying patch '([^']+)'$/, started('patching')],
  [/^kgr: reverting patch '([^']+)'$/, started('unpatching')],
  [/^kgr: patching failed\. Previous state was recovered\.$/, unnamed('load-failed')],
  [/^kgr: all processes marked as migrated on admin's request$/, unnamed('forced')],
  [/^kgr succeeded$/, unnamed('transition-completed')],
]

/** The old kpatch module changes code at once or not at all, and does not name the patch it refused. */
const kpatchGrammar: typeof grammar = [
  [/^kpatch: (?:NMI )?activeness safety check failed(?: for .+)?$/, unnamed('load-failed')],
]

/** The fact a message states; null for every other message, those of other subsystems included. */
export function parseLogMessage(message: string): LogFact | null {
  const line = message.trimEnd()
  if (line.startsWith('livepatch: ')) return read('klp', grammar, line.slice('livepatch: '.length))
  if (line.startsWith('kgr')) return read('kgraft', kgraftGrammar, line)
  if (line.startsWith('kpatch: ')) return read('kpatch-core', kpatchGrammar, line)
  return null
}

function read(mechanism: Mechanism, rules: typeof grammar, line: string): LogFact | null {
  for (const [pattern, fact] of rules) {
    const match = pattern.exec(line)
    if (match) return { mechanism, ...fact(match) }
  }
  return null
}
