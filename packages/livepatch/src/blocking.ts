import type { Direction } from '@graftwatch/contract/vocabulary'
import type { EnabledFunction } from './parse/klp.ts'
import type { StackFrame } from './parse/task.ts'

/**
 * Which frame of a stack holds a task in the code a transition has to leave, and the patch's own name of that function.
 *
 * Equal names are not enough: sysfs says `__x64_sys_vfork`, the stack `__do_sys_vfork`, another symbol at the same address;
 * and while unpatching the stack shows the replacement, under whatever name the patch's author gave it. Pure, never throws.
 */

export interface PatchedObject {
  /** `vmlinux` or a module. */
  name: string
  functions: readonly { name: string }[]
}

export interface BlockingEvidence {
  direction: Direction
  /** The patch in transition. Its name is its module's name, which tags the frames of its replacements. */
  patch: { name: string; objects: readonly PatchedObject[] }
  /** Innermost first. */
  frames: readonly StackFrame[]
  /** Other loaded patches: on top of one, the code to leave is that patch's replacement. */
  otherPatches?: readonly { name: string; objects: readonly PatchedObject[] }[]
  /** Of `tracing/enabled_functions`; null or absent when unreadable. */
  enabledFunctions?: readonly EnabledFunction[] | null
  /** Whether two symbols of one object share an address, from kallsyms; null or absent when unreadable. */
  sameAddress?: ((first: string, second: string, module: string | null) => boolean) | null
}

export interface BlockingFrame {
  /** The patch's own name; the frame's symbol when none of the patch's names fits it. */
  blockingFunction: string
  /** Index in `frames`. */
  frame: number
}

/**
 * The innermost frame that holds the task, or null when none does. Patching: a frame in a function the patch replaces, or in
 * another patch's replacement of it. Unpatching: a frame in the patch's own module.
 */
export function findBlockingFrame(evidence: BlockingEvidence): BlockingFrame | null {
  const match = evidence.direction === 'patching' ? matchOriginal : matchReplacement
  for (const [frame, at] of evidence.frames.entries()) {
    const blockingFunction = match(at, evidence)
    if (blockingFunction !== null) return { blockingFunction, frame }
  }
  return null
}

/** What compilers append to the name of a function they cut, cloned or specialized. */
const compilerSuffix = /(?:\.(?:isra|constprop|part|llvm|cold)(?:\.\d+)?)+$/

const withoutSuffix = (symbol: string): string => symbol.replace(compilerSuffix, '')

const objectOf = (frame: StackFrame): string => frame.module ?? 'vmlinux'

function matchOriginal(frame: StackFrame, evidence: BlockingEvidence): string | null {
  const functions = functionsOf(evidence.patch, objectOf(frame))
  if (functions.length > 0) {
    const found =
      functions.find((name) => withoutSuffix(name) === withoutSuffix(frame.symbol)) ??
      functions.find((name) => evidence.sameAddress?.(name, frame.symbol, frame.module)) ??
      aliasByTrace(frame, functions, evidence) ??
      functions.find((name) => isSameSyscall(name, frame.symbol))
    if (found !== undefined) return found
  }
  const below = evidence.otherPatches?.find((patch) => patch.name === frame.module)
  if (!below) return null
  const shared = functionsOf(below).filter((name) => functionsOf(evidence.patch).includes(name))
  return shared.length === 0 ? null : mostSimilar(frame.symbol, shared)
}

function matchReplacement(frame: StackFrame, evidence: BlockingEvidence): string | null {
  if (frame.module !== evidence.patch.name) return null
  return mostSimilar(frame.symbol, functionsOf(evidence.patch)) ?? frame.symbol
}

function functionsOf(patch: { objects: readonly PatchedObject[] }, object?: string): string[] {
  return patch.objects
    .filter(({ name }) => object === undefined || name === object)
    .flatMap(({ functions }) => functions.map(({ name }) => name))
}

/**
 * ftrace prints one alias for each redirected address. A redirected symbol that no patch names is an alias of a patched
 * function that has no line of its own; with exactly one such function there is no doubt which.
 */
function aliasByTrace(
  frame: StackFrame,
  functions: readonly string[],
  evidence: BlockingEvidence,
): string | undefined {
  const printed = new Set(
    evidence.enabledFunctions
      ?.filter(({ module }) => module === frame.module)
      .map(({ symbol }) => withoutSuffix(symbol)),
  )
  const symbol = withoutSuffix(frame.symbol)
  const elsewhere = (evidence.otherPatches ?? []).flatMap((patch) => functionsOf(patch, objectOf(frame)))
  if (!printed.has(symbol) || elsewhere.some((name) => withoutSuffix(name) === symbol)) return undefined
  const unprinted = functions.filter((name) => !printed.has(withoutSuffix(name)))
  return unprinted.length === 1 ? unprinted[0] : undefined
}

/** The wrappers one system call is compiled to; the part after them is the call's name. */
const syscallWrapper = /^(?:__x64_sys_|__ia32_sys_|__arm64_sys_|__do_sys_|__se_sys_|sys_)(.+)$/

const syscallOf = (symbol: string): string | null => syscallWrapper.exec(withoutSuffix(symbol))?.[1] ?? null

function isSameSyscall(first: string, second: string): boolean {
  const call = syscallOf(first)
  return call !== null && call === syscallOf(second)
}

/**
 * The function a replacement most likely replaces, since the kernel shows no link between the two: the only one there is;
 * else one whose bare name the replacement contains (`lab_sys_vfork` for `__x64_sys_vfork`), the longest first; else null.
 */
function mostSimilar(symbol: string, functions: readonly string[]): string | null {
  const distinct = [...new Set(functions)]
  if (distinct.length === 1) return distinct[0] ?? null
  const bare = withoutSuffix(symbol)
  const contained = distinct
    .map((name) => ({ name, core: syscallOf(name) ?? withoutSuffix(name) }))
    .filter(({ core }) => bare.includes(core))
    .sort((a, b) => b.core.length - a.core.length)
  return contained[0]?.name ?? longestCommonEnd(bare, distinct)
}

/** The function that shares the longest end with the symbol, at least from a `_` on; null when none does or two tie. */
function longestCommonEnd(symbol: string, functions: readonly string[]): string | null {
  const ranked = functions
    .map((name) => ({ name, shared: commonEnd(symbol, withoutSuffix(name)) }))
    .filter(({ shared }) => shared.lastIndexOf('_') >= 0 && shared.length >= 4)
    .sort((a, b) => b.shared.length - a.shared.length)
  const [first, second] = ranked
  return first && first.shared.length !== second?.shared.length ? first.name : null
}

function commonEnd(first: string, second: string): string {
  let length = 0
  while (length < first.length && length < second.length && first.at(-1 - length) === second.at(-1 - length))
    length++
  return length === 0 ? '' : first.slice(-length)
}
