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
 * dmesg (`[   8.315399] message`, `<4>` before it); null when it is neither, and for what a program wrote into the kernel's
 * log: its facility is not the kernel's, and its words prove nothing.
 */
export function parseLogLine(line: string): LogLine | null {
  const record = /^(\d{1,10}),(\d{1,15}),(\d{1,15}),[^;]*;([^\n]*)/.exec(line)
  if (record) {
    const [, priority, sequence, microseconds, message = ''] = record
    if (!isFromKernel(priority)) return null
    return { sequence: Number(sequence), microseconds: Number(microseconds), message }
  }
  const plain = /^(?:<(\d{1,10})>)?\[\s*(\d{1,10})\.(\d{6})\]\s?([^\n]*)/.exec(line)
  if (!plain || !isFromKernel(plain[1])) return null
  return { sequence: null, microseconds: Number(plain[2]) * 1e6 + Number(plain[3]), message: plain[4] ?? '' }
}

/** A priority is the facility times 8 and the level; the kernel's facility is 0. */
const isFromKernel = (priority = '0'): boolean => Number(priority) < 8

/** What a message reports. `patch` is null where the kernel does not name it; it is then the patch in transition. */
export interface LogFact {
  mechanism: Mechanism
  kind: ReportEventKind
  patch: string | null
  /** Only with `transition-started` and `transition-completed`. */
  direction: Direction | null
  /** Only with `load-failed`: why, as far as the kernel said. */
  failure?: string | null
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

/**
 * The kernel in trouble. A number `[#1]` stands only on the line that names the fault, whatever the architecture calls it;
 * the other lines of the same oops are left out. The whole line is matched, with the error code before the number and nothing but
 * the kernel's build after it: names of tasks, files and interfaces, which any user chooses, stand in other lines as they are.
 */
const troubles: readonly (readonly [RegExp, 'oops' | 'lockup'])[] = [
  [
    /^(?:Oops|Internal error|general protection fault|invalid opcode|divide error)(?=[:,]).*(?:: [0-9a-f]{1,16}(?: ilc:\d)?|, sig: \d{1,3}) \[#\d{1,6}\](?:[ A-Z_{},]|\([a-z]{1,16}\))*$/,
    'oops',
  ],
  [/^Oops ?\[#\d{1,6}\]:?$/, 'oops'],
  [/^(?:(?:NMI )?watchdog: )?BUG: soft lockup - CPU#\d+ stuck for /, 'lockup'],
  [/^(?:(?:NMI )?watchdog: )?(?:CPU\d+: )?Watchdog (?:detected hard LOCKUP|CPU:\d+ Hard LOCKUP)/, 'lockup'],
  [/^(?:rcu: )?INFO: rcu\w* (?:detected (?:expedited )?stalls on|self-detected stall on) CPU/, 'lockup'],
]

/** Whether a message tells of an oops or a lockup; null for every other. */
export function parseTrouble(message: string): 'oops' | 'lockup' | null {
  return troubles.find(([pattern]) => pattern.test(message.trimEnd()))?.[1] ?? null
}

/**
 * Why a load is about to fail, or failed, in the kernel's own words; null for every other message. The line that names the
 * patch comes after it, or is it.
 */
export function parseLoadFailure(message: string): string | null {
  const match =
    /^livepatch: ((?:failed to (?:register ftrace handler|patch object|enable patch|set ftrace filter|find location)|symbol '|unresolvable symbol|pre-patch callback failed|Livepatch patch \().*)$/.exec(
      message.trimEnd(),
    )
  return match?.[1] ? clip(match[1], 300) : null
}

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
