import type { PatchObject, ReportPatch } from '@graftwatch/contract/report'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import {
  type KgraftFunction,
  type KgraftTable,
  parseKgraftFlag,
  parseKgraftState,
  restingState,
} from '@graftwatch/livepatch/parse/kgraft'
import { parseFlag } from '@graftwatch/livepatch/parse/klp'
import { clip } from '@graftwatch/livepatch/parse/text'
import type { HostFiles } from '../host-files.ts'
import { isLoaded, kgraftDirectory, kgraftOwners, moduleFacts, textUnlessGone } from './patch-module.ts'

/** What /sys/kernel/kgraft says of one patch. */
export interface KgraftPatch extends KgraftTable {
  /** Its own name, by which the kernel log knows it. */
  directory: string
  /** The module it came in, which is what everything else calls it; its own name where no link tells. */
  name: string
  replace: boolean | null
}

const maxPatches = 64
const maxObjects = 256
/** Over all patches of a report, which has to stay below 1 MiB. */
const maxFunctions = 5000
/** A page of the largest kind. */
const maxTableBytes = 64 * 1024

/** Whether a transition runs; null without kGraft. Throws when the file is there and does not say. */
export function readInProgress(files: HostFiles): boolean | null {
  const path = `${kgraftDirectory}/in_progress`
  const text = textUnlessGone(files, path, 16)
  if (text === null) return null
  const flag = parseKgraftFlag(text)
  if (flag === null) throw new Error(`/${path} holds neither 0 nor 1`)
  return flag
}

/** Every listed patch, by directory. One whose files are gone was being freed. Throws when a table is there and unreadable. */
export function readKgraftPatches(files: HostFiles): KgraftPatch[] {
  const owners = kgraftOwners(files).slice(0, maxPatches)
  return owners.flatMap(({ directory, owner }) => {
    const path = `${kgraftDirectory}/${directory}/state`
    const text = textUnlessGone(files, path, maxTableBytes)
    if (text === null) return []
    const table = parseKgraftState(text)
    if (table === null)
      throw new Error(`/${path} is not the table of functions that kGraft is known to print`)
    const replace = files.text(`${kgraftDirectory}/${directory}/replace_all`, 16)
    // Two patches of one module would be one to everybody else.
    const isShared = owners.some((other) => other.directory !== directory && other.owner === owner)
    return {
      directory: clip(directory, 128),
      name: clip(isShared ? directory : owner, 128),
      ...table,
      replace: replace === null ? null : parseFlag(replace),
    }
  })
}

/** The patches as a report has them, at rest; what is in transition is for the caller to say. */
export function describeKgraftPatches(files: HostFiles, patches: readonly KgraftPatch[]): ReportPatch[] {
  const budget = { functions: maxFunctions }
  return patches.map((patch) => {
    const isReplaced = patches.some(
      (other) =>
        other !== patch && other.replace !== false && restingState(other.functions, false) === 'applied',
    )
    const state = restingState(patch.functions, isReplaced)
    return barePatch({
      mechanism: 'kgraft',
      manager: /^kgraft_patch_/.test(patch.name) ? 'kgr' : null,
      name: patch.name,
      state,
      // No file says so; what its functions do does.
      enabled: state === 'applied',
      replace: patch.replace,
      ...moduleFacts(files, patch.name),
      objects: objectsOf(files, patch.functions, budget),
    })
  })
}

function objectsOf(
  files: HostFiles,
  functions: readonly KgraftFunction[],
  budget: { functions: number },
): PatchObject[] {
  const names = [...new Set(functions.map(({ object }) => object))].slice(0, maxObjects)
  return names.map((name) => {
    const own = functions.filter(({ object }) => object === name)
    const listed = own.slice(0, budget.functions)
    budget.functions -= listed.length
    return {
      name,
      patched: own.some(({ state }) => state === 'applying' || state === 'applied' || state === 'reverting'),
      loaded: isLoaded(files, name),
      functions: listed.map(({ name: symbol, position }) => ({ name: symbol, position })),
    }
  })
}

/** A line that changes whenever a patch comes, goes or moves; cheap enough to read every 2 s. Never throws. */
export function kgraftFingerprint(files: HostFiles): string {
  try {
    if (readInProgress(files) === null) return ''
    const states = readKgraftPatches(files).map(
      ({ name, functions }) => `${name} ${functions.map(({ state }) => state).join(' ')}`,
    )
    return [readInProgress(files), ...states].join('\n')
  } catch {
    return 'unreadable'
  }
}
