import type { Direction, PatchState } from '@graftwatch/contract/vocabulary'
import { clip } from './text.ts'

/**
 * Texts of /sys/kernel/kgraft and of kgr_in_progress in /proc, and what they mean. Source: SUSE's kernel/kgraft_files.c and
 * kernel/kgraft.c, of the 3.12 and 4.4 kernels of SLE 12. Pure, never throws.
 *
 * The polarity is the opposite of upstream livepatch: a task's flag is 1 until it has migrated, whichever way it goes.
 */

/** Where kGraft stands with one function, in the kernel's order of 0 to 5. `skipped`: its module is not loaded. */
export const functionStates = ['init', 'applying', 'applied', 'reverting', 'reverted', 'skipped'] as const
export type KgraftFunctionState = (typeof functionStates)[number]

export interface KgraftFunction {
  name: string
  /** `vmlinux` or a module. */
  object: string
  /** The n-th symbol of that name in the object; null on kernels whose table has no such column. */
  position: number | null
  state: KgraftFunctionState
}

export interface KgraftTable {
  functions: KgraftFunction[]
  /** The kernel cut the table at one page: there are functions beyond these. */
  isCut: boolean
}

const maxFunctions = 2000
/** sysfs hands out one page, 4096 bytes on x86, and keeps a byte of it for the end. */
const pageBytes = 4095

/**
 * A patch's `state`: a heading, then a function a line, columns padded with blanks: name, object, in newer trees the position
 * (`Sympos`), state. Null when the heading is not one that is known, or a whole line does not fit it: half a table that looks
 * like a whole one would be wrong. What follows the last newline was cut and says nothing.
 */
export function parseKgraftState(text: string): KgraftTable | null {
  const [heading = '', ...lines] = text.split('\n')
  if (!/^Function\s+Object\s+(?:Sympos\s+)?State\s*$/.test(heading)) return null
  const hasPosition = heading.includes('Sympos')
  const rest = lines.pop()
  const isCut = rest !== '' || text.length >= pageBytes
  const functions: KgraftFunction[] = []
  for (const line of lines) {
    const found = parseFunction(line, hasPosition)
    if (found === null) return null
    if (functions.length === maxFunctions) return { functions, isCut: true }
    functions.push(found)
  }
  return { functions, isCut }
}

function parseFunction(line: string, hasPosition: boolean): KgraftFunction | null {
  const pattern = hasPosition ? /^(\S+)\s+(\S+)\s+(\d{1,9})\s+([0-5])\s*$/ : /^(\S+)\s+(\S+)\s+()([0-5])\s*$/
  const [, symbol = '', module = '', position = '', digit] = pattern.exec(line) ?? []
  const state = functionStates[Number(digit)]
  const name = clip(symbol, 256)
  const object = clip(module, 128)
  if (state === undefined || name === '' || object === '') return null
  // An author's 0 means the only one of that name, which upstream livepatch shows as 1.
  return { name, object, position: hasPosition ? Math.max(1, Number(position)) : null, state }
}

/** `kgr_in_progress` of a thread, or of a process, where it is that of any of its threads: true while not migrated. */
export const parseKgraftFlag = (text: string): boolean | null =>
  /^[01]\n?$/.test(text) ? text.startsWith('1') : null

interface Patch {
  readonly name: string
  /** Whether it replaces all others; null where the kernel does not tell. */
  readonly replace: boolean | null
  readonly functions: readonly KgraftFunction[]
}

const has = (functions: readonly KgraftFunction[], ...states: KgraftFunctionState[]): boolean =>
  functions.some(({ state }) => states.includes(state))

/** Whether a patch's functions show anything: skipped ones are the same before, during and after. */
const isSilent = ({ functions }: Pick<Patch, 'functions'>): boolean =>
  !has(functions, 'applying', 'applied', 'reverting', 'reverted')

/**
 * Which patch is in transition and which way, from all patches' functions while in_progress is 1: the one being applied; with
 * none, the one being reverted, whose functions revert all at once. A patch that replaces others shows some of theirs reverting
 * too. Null where no function tells: all were skipped, or the telling ones were cut off.
 */
export function movingPatch(patches: readonly Patch[]): { name: string; direction: Direction } | null {
  const applying = patches.find(({ functions }) => has(functions, 'applying'))
  if (applying) return { name: applying.name, direction: 'patching' }
  if (patches.some((patch) => patch.replace === true && isSilent(patch))) return null
  const reverting = patches.filter(
    ({ functions }) => has(functions, 'reverting') && !has(functions, 'applied'),
  )
  const [only] = reverting
  return only && reverting.length === 1 ? { name: only.name, direction: 'unpatching' } : null
}

/**
 * Which patch a transition is most likely about where {@link movingPatch} cannot tell: the one the log named, one whose table
 * was cut, one whose functions show nothing, else the last. Null when there is none.
 */
export function likelyMoving<P extends Patch & Pick<KgraftTable, 'isCut'>>(
  patches: readonly P[],
  logged: string | null,
): P | null {
  return (
    patches.find(({ name }) => name === logged) ??
    patches.find(({ isCut }) => isCut) ??
    patches.find(isSilent) ??
    patches.at(-1) ??
    null
  )
}

/** Whether functions are on the move, which at rest they must not be. */
export const isMoving = (functions: readonly KgraftFunction[]): boolean =>
  has(functions, 'applying', 'reverting')

/**
 * The state of a patch that is not the one in transition. Reverted, it stays listed until its module is removed: `leftover`
 * where another patch took its place (`isReplaced`), else `disabled`. While another one replaces it, tasks still run it, so it
 * counts as applied. `pending`: listed, and nothing was done with it yet.
 */
export function restingState(functions: readonly KgraftFunction[], isReplaced: boolean): PatchState {
  if (has(functions, 'applied', 'applying', 'reverting')) return 'applied'
  if (has(functions, 'reverted')) return isReplaced ? 'leftover' : 'disabled'
  if (has(functions, 'init')) return 'pending'
  return has(functions, 'skipped') ? 'applied' : 'pending'
}

/** `12 applied, 1 skipped`, as the kernel's table has them, for people. */
export function tableSummary({ functions, isCut }: KgraftTable): string {
  const counts = functionStates
    .map((state) => ({ state, count: functions.filter((fn) => fn.state === state).length }))
    .filter(({ count }) => count > 0)
  const words = counts.map(({ state, count }) => `${count} ${state}`).join(', ') || 'none'
  return isCut ? `${words}, more not shown` : words
}
