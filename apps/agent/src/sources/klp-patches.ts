import type { PatchObject, ReportPatch } from '@graftwatch/contract/report'
import { reportPatchesMax } from '@graftwatch/contract/vocabulary'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import {
  managerOf,
  parseFlag,
  parseInteger,
  parseLivepatchModules,
  patchStateOf,
} from '@graftwatch/livepatch/parse/klp'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import type { Identity } from '../identity.ts'
import {
  isLoaded,
  isOfOtherMechanism,
  moduleFacts,
  readFunctions,
  replaceParameter,
  textUnlessGone,
} from './patch-module.ts'

/** Directory of the kernel's own livepatches. */
export const livepatchDirectory = 'sys/kernel/livepatch'

/** The two files of a patch that never block and that everyone may read. */
export interface PatchFlags {
  name: string
  enabled: boolean
  inTransition: boolean
}

const maxObjects = 256
/** Over all patches of a report, which has to stay below 1 MiB. */
const maxFunctions = 5000

/**
 * Flags of every listed patch, by name. A patch whose files are gone was being freed and is left out. Null when the kernel
 * has no livepatch support. Throws when something is there and cannot be read: to guess `disabled` would be a false alarm.
 */
export function readFlags(files: HostFiles): PatchFlags[] | null {
  const names = files.list(livepatchDirectory)
  if (names instanceof ReadFailure) {
    if (names.isGone) return null
    throw new Error(`${names.code} listing /${livepatchDirectory}`)
  }
  const flags: PatchFlags[] = []
  for (const name of names.sort().slice(0, reportPatchesMax)) {
    const path = `${livepatchDirectory}/${name}/enabled`
    const text = textUnlessGone(files, path, 16)
    if (text === null) continue
    const enabled = parseFlag(text)
    if (enabled === null) throw new Error(`/${path} holds neither 0 nor 1`)
    // Absent before kernel 4.12, where a change took effect at once.
    const moving = `${livepatchDirectory}/${name}/transition`
    const transition = textUnlessGone(files, moving, 16)
    const inTransition = transition === null ? false : parseFlag(transition)
    if (inTransition === null) throw new Error(`/${moving} holds neither 0 nor 1`)
    flags.push({ name: clip(name, 128), enabled, inTransition })
  }
  return flags
}

/** A line that changes whenever a patch comes, goes, or changes its flags; cheap enough to read every few seconds. Never throws. */
export function flagsFingerprint(files: HostFiles): string {
  try {
    return (readFlags(files) ?? [])
      .map((flag) => `${flag.name} ${flag.enabled} ${flag.inTransition}`)
      .join('\n')
  } catch {
    return 'unreadable'
  }
}

/** All that sysfs says of the listed patches, with the state each has while no direction is known. */
export function readPatches(
  files: HostFiles,
  flags: readonly PatchFlags[],
  identity: Identity,
): ReportPatch[] {
  // `stack_order` takes the lock that the transition worker holds while it walks all tasks.
  const mayReadOrder = !flags.some((flag) => flag.inTransition)
  const budget = { functions: maxFunctions }
  return flags.map((flag) => {
    const directory = `${livepatchDirectory}/${flag.name}`
    const order = mayReadOrder ? parseInteger(files.text(`${directory}/stack_order`, 16) ?? '') : null
    return {
      mechanism: 'klp',
      manager: managerOf(flag.name, identity.host.os.id),
      name: flag.name,
      state: patchStateOf(flag.enabled, flag.inTransition, null),
      enabled: flag.enabled,
      inTransition: flag.inTransition,
      replace: readReplace(files, flag.name),
      stackOrder: order !== null && order >= 0 ? order : null,
      forced: null,
      ...moduleFacts(files, flag.name),
      package: null,
      cves: null,
      objects: readObjects(files, directory, budget),
    }
  })
}

/** The attribute where the kernel has it (6.11), else the module parameter that patches built with kpatch carry. */
function readReplace(files: HostFiles, name: string): boolean | null {
  const text = files.text(`${livepatchDirectory}/${name}/replace`, 16)
  return text === null ? replaceParameter(files, name) : parseFlag(text)
}

function readObjects(files: HostFiles, directory: string, budget: { functions: number }): PatchObject[] {
  return files
    .directories(directory)
    .slice(0, maxObjects)
    .map((name) => {
      const patched = files.text(`${directory}/${name}/patched`, 16)
      return {
        name: clip(name, 128),
        patched: patched === null ? null : parseFlag(patched),
        loaded: isLoaded(files, name),
        functions: readFunctions(files, `${directory}/${name}`, budget),
      }
    })
}

/** Livepatch modules that are loaded and no longer listed as patches: replaced or disabled, and never removed. */
export function readLeftovers(
  files: HostFiles,
  listed: readonly PatchFlags[],
  identity: Identity,
): ReportPatch[] {
  const names = new Set(listed.map((flag) => flag.name))
  return livepatchModules(files)
    .filter((name) => !names.has(name) && !isOfOtherMechanism(files, name))
    .slice(0, Math.max(0, reportPatchesMax - listed.length))
    .map((name) =>
      barePatch({
        mechanism: 'klp',
        manager: managerOf(name, identity.host.os.id),
        name: clip(name, 128),
        state: 'leftover',
        enabled: null,
        replace: readReplace(files, name),
        ...moduleFacts(files, name),
      }),
    )
}

function livepatchModules(files: HostFiles): string[] {
  const modules = files.text('proc/modules')
  if (modules !== null) return parseLivepatchModules(modules).sort()
  return files
    .directories('sys/module')
    .filter((name) => files.text(`sys/module/${name}/taint`, 64)?.includes('K'))
    .filter((name) => files.text(`sys/module/${name}/initstate`, 16)?.trim() === 'live')
}
