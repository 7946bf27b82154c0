import type { AgentCapability, AgentLevel } from '@graftwatch/contract/vocabulary'
import { allCapabilities, capabilitiesOf } from './capabilities.ts'
import { type HostFiles, ReadFailure } from './host-files.ts'
import { kernelLogFailure } from './sources/kernel-log.ts'
import { livepatchDirectory } from './sources/klp-patches.ts'
import { kgraftDirectory } from './sources/patch-module.ts'
import { isInPidNamespace } from './view.ts'

/** One thing the agent wants to read here, and whether it may. */
export interface Right {
  name: 'patches' | 'tasks' | 'universe' | 'stacks' | 'kernel-log' | 'symbols'
  /** What is read and where, in words. */
  what: string
  /** `absent`: this host has none, for anybody; no right would change that. */
  verdict: 'ok' | 'missing' | 'absent'
  /** Why not: an errno, or a few words; null when it is read. */
  reason: string | null
  /** What reports lack without it. */
  cost: string
  /** Those that would open it and are not held; [] when none would, as where a container or a security module denies it. */
  capabilities: AgentCapability[]
}

/**
 * What this process may read of the host, in order of importance. Tried by reading, since a capability that is held can still
 * be denied (user namespace, lockdown, SELinux) and one that is not can be needless. Reads only; never throws.
 */
export function examineRights(files: HostFiles): Right[] {
  const held = capabilitiesOf(files, 'self') ?? []
  const lacking = (...wanted: AgentCapability[]) => wanted.filter((name) => !held.includes(name))
  const right = (
    name: Right['name'],
    what: string,
    found: Found,
    cost: string,
    capabilities: AgentCapability[] = [],
  ): Right => ({
    name,
    what,
    verdict: found === null ? 'ok' : found.isAbsent ? 'absent' : 'missing',
    reason: found?.reason ?? null,
    cost,
    capabilities: found === null || found.isAbsent || found.isBeyondRights ? [] : capabilities,
  })
  const others = otherTasks(files)
  return [
    right('patches', 'patches (/sys/kernel)', livepatch(files), 'nothing can be said of patches'),
    right(
      'tasks',
      'tasks of the host (/proc/<pid>)',
      tasks(files, others),
      'a transition shows only a part of its tasks',
      lacking('CAP_SYS_PTRACE'),
    ),
    right(
      'universe',
      'universe of tasks (patch_state)',
      universe(files, others),
      'a transition is reported without counts, and judged by its age alone',
      lacking('CAP_DAC_READ_SEARCH'),
    ),
    right(
      'stacks',
      'kernel stacks (stack)',
      read(files, others, 'stack'),
      'blocking tasks are named, but not the function that holds them',
      lacking('CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'),
    ),
    right(
      'kernel-log',
      'kernel log (/dev/kmsg)',
      kernelLog(files),
      'start times are those of the first reading, and a forced transition is not seen',
      lacking('CAP_SYSLOG'),
    ),
    right(
      'symbols',
      'addresses of functions (/proc/kallsyms)',
      symbols(files),
      'a task held in a function that its stack names by an alias is not matched with the patch',
      lacking('CAP_SYSLOG'),
    ),
  ]
}

/** What of the levels of docs/agent.md these rights reach; `full` is `causes` with command lines, which are a setting. */
export function levelOf(rights: readonly Right[], sendsCommandLines: boolean): AgentLevel {
  const hasCauses = rights.some(({ name, verdict }) => name === 'stacks' && verdict === 'ok')
  if (!hasCauses) return 'progress'
  return sendsCommandLines ? 'full' : 'causes'
}

/** In the order of the vocabulary, each once. */
export function missingCapabilities(rights: readonly Right[]): AgentCapability[] {
  return allCapabilities.filter((name) => rights.some(({ capabilities }) => capabilities.includes(name)))
}

/** Null: it can be read. `isBeyondRights`: it is there, but no capability opens it. */
type Found = { reason: string; isAbsent?: boolean; isBeyondRights?: boolean } | null

/** Processes whose files belong to somebody else: kthreadd, and the first one, which some hosts shield from all others. */
const otherTasks = (files: HostFiles): string[] =>
  ['2', '1'].filter((pid) => files.exists(`proc/${pid}/stat`))

function livepatch(files: HostFiles): Found {
  if (!files.exists('sys/kernel'))
    return { reason: 'no sysfs here, as in many containers', isBeyondRights: true }
  const names = files.list(files.exists(kgraftDirectory) ? kgraftDirectory : livepatchDirectory)
  if (!(names instanceof ReadFailure)) return null
  if (names.isGone) return { reason: 'this kernel has no livepatch support', isAbsent: true }
  return { reason: names.code, isBeyondRights: true }
}

function tasks(files: HostFiles, others: readonly string[]): Found {
  if (isInPidNamespace(files))
    return { reason: 'this container shows its own processes alone', isBeyondRights: true }
  const hidden = files.text('proc/self/mountinfo')?.match(/ \/proc .*\bhidepid=(?!0|off)(\w+)/)?.[1]
  const suffix = hidden === undefined ? '' : `, since /proc is mounted with hidepid=${hidden}`
  const found = read(files, others, 'stat')
  if (others.length === 0) return { reason: `those of others are not listed${suffix}` }
  return found === null ? null : { reason: `${found.reason}${suffix}` }
}

/** Null when one of them can be read; else how the first failed. */
function read(files: HostFiles, others: readonly string[], file: string): Found {
  const texts = others.map((pid) => files.read(`proc/${pid}/${file}`, 4096))
  if (texts.some((text) => typeof text === 'string')) return null
  const [first] = texts
  return { reason: first instanceof ReadFailure ? first.code : 'no task to read' }
}

/** A kernel with neither mechanism has no such file for anybody. */
function universe(files: HostFiles, others: readonly string[]): Found {
  if (files.exists(kgraftDirectory)) return read(files, others, 'kgr_in_progress')
  if (!files.exists(livepatchDirectory))
    return { reason: 'only kernels with livepatch support have it', isAbsent: true }
  return read(files, others, 'patch_state')
}

function kernelLog(files: HostFiles): Found {
  const code = kernelLogFailure(files)
  if (code === null) return null
  return code === 'ENOENT' ? { reason: 'no such device here', isBeyondRights: true } : { reason: code }
}

/** Addresses are zero for who may not see them, and for everybody where kernel.kptr_restrict is 2; those of a CPU's own always. */
function symbols(files: HostFiles): Found {
  const text = files.read('proc/kallsyms', 64 * 1024)
  if (text instanceof ReadFailure)
    return text.isGone ? { reason: 'not here', isAbsent: true } : { reason: text.code, isBeyondRights: true }
  if (/^(?!0+ )[0-9a-f]+ /m.test(text)) return null
  const isForNobody = files.text('proc/sys/kernel/kptr_restrict')?.trim() === '2'
  return isForNobody
    ? { reason: 'kernel.kptr_restrict is 2', isBeyondRights: true }
    : { reason: 'the kernel hides them' }
}
