import type { Manager, PatchState } from '@graftwatch/contract/vocabulary'

/**
 * Texts of /sys/kernel/livepatch and what they mean. Source: kernel ABI `sysfs-kernel-livepatch`. Pure, never throws.
 */

/** A sysfs or procfs number (`-1\n`, `0\n`, `1\n`); null for anything else. */
export function parseInteger(text: string): number | null {
  return /^-?\d{1,15}\n?$/.test(text) ? Number(text) : null
}

/** `0` or `1` as a boolean; null for anything else. Module parameters print `N` and `Y`. */
export function parseFlag(text: string): boolean | null {
  const value = text.trim()
  if (value === '1' || value === 'Y') return true
  if (value === '0' || value === 'N') return false
  return null
}

/** What /proc/<tid>/patch_state holds: -1 outside a transition, else the universe relative to the patch in transition. */
export type PatchStateValue = -1 | 0 | 1

export function parsePatchState(text: string): PatchStateValue | null {
  const value = parseInteger(text)
  return value === -1 || value === 0 || value === 1 ? value : null
}

export interface PatchFunction {
  name: string
  /** The n-th symbol of that name in the object; null before kernel 4.5, which did not say. */
  position: number | null
}

/** The function a directory `<name>,<position>` stands for. The name itself may hold commas, so the last one counts. */
export function parseFunctionDirectory(directory: string): PatchFunction {
  const comma = directory.lastIndexOf(',')
  const position = directory.slice(comma + 1)
  if (comma <= 0 || !/^\d{1,9}$/.test(position)) return { name: directory, position: null }
  return { name: directory.slice(0, comma), position: Number(position) }
}

/**
 * The program that brought a patch, judged by the module's name and the distribution (`ID` of os-release), since neither is
 * enough alone: `livepatch_*` is used by SUSE, Amazon, kpatch-build and the kernel's own samples. Null when unrecognized.
 */
export function managerOf(patchName: string, osId: string | null): Manager | null {
  if (/^(lkp|livepatch)_Ubuntu_/.test(patchName)) return 'canonical'
  if (/^kpatch_/.test(patchName)) return 'kpatch'
  const isSuse = osId !== null && /^(sles|sled|sle|sl-micro|suse|opensuse)/.test(osId)
  if (isSuse && /^livepatch_\d+_\d+/.test(patchName)) return 'klp'
  // Amazon loads its modules, which are named after their topic, with kpatch's own service.
  if (osId === 'amzn' && /^livepatch_/.test(patchName)) return 'kpatch'
  return null
}

/**
 * A patch's state from its own two files and, while it is in transition, the confirmed direction.
 *
 * In transition it is `disabled` only once unpatching is confirmed, else `pending`: at the very start of a load `enabled`
 * still reads 0, and calling that disabled would report a rollback that nobody asked for.
 */
export function patchStateOf(
  enabled: boolean,
  inTransition: boolean,
  direction: 'patching' | 'unpatching' | null,
): PatchState {
  if (inTransition) return direction === 'unpatching' ? 'disabled' : 'pending'
  return enabled ? 'applied' : 'disabled'
}

/** Whether kernels of this release nudge blocked tasks by themselves (5.1 and newer); null when the release says nothing. */
export function signalsByItself(release: string): boolean | null {
  const version = /^(\d{1,4})\.(\d{1,4})/.exec(release)
  if (!version) return null
  const major = Number(version[1])
  return major > 5 || (major === 5 && Number(version[2]) >= 1)
}

/** Whether livepatch on kernels of this release moves task by task (4.12 and newer); before that a change took effect at once. */
export function tracksTasks(release: string): boolean {
  const version = /^(\d{1,4})\.(\d{1,4})/.exec(release)
  if (!version) return true
  const major = Number(version[1])
  return major > 4 || (major === 4 && Number(version[2]) >= 12)
}

export interface EnabledFunction {
  symbol: string
  module: string | null
}

/**
 * Functions that ftrace redirects to livepatch, from `tracing/enabled_functions`: lines that name `klp_ftrace_handler`.
 * The name printed is whichever alias kallsyms finds first for the address, not always the one the patch uses.
 */
export function parseEnabledFunctions(text: string): EnabledFunction[] {
  const functions: EnabledFunction[] = []
  for (const line of text.split('\n')) {
    if (!line.includes('klp_ftrace_handler')) continue
    const match = /^(\S+)(?: \[([^\]]+)\])? \(\d+\)/.exec(line)
    if (match?.[1]) functions.push({ symbol: match[1], module: match[2] ?? null })
  }
  return functions
}

/** Loaded modules marked as livepatches: lines of /proc/modules whose taint letters hold `K` and whose state is `Live`. */
export function parseLivepatchModules(text: string): string[] {
  const names: string[] = []
  for (const line of text.split('\n')) {
    const match = /^(\S+) \d+ \S+ \S+ Live \S+ \(([A-Z+-]+)\)/.exec(line)
    if (match?.[1] && match[2]?.includes('K')) names.push(match[1])
  }
  return names
}
