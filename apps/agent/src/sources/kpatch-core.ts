import type { PatchObject, ReportPatch } from '@graftwatch/contract/report'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import { parseFlag } from '@graftwatch/livepatch/parse/klp'
import { moduleNameOf } from '@graftwatch/livepatch/parse/module-file'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import {
  directoriesUnlessGone,
  isLoaded,
  kpatchDirectory,
  moduleFacts,
  readFunctions,
  replaceParameter,
  textUnlessGone,
} from './patch-module.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

const maxPatches = 64
const maxObjects = 256
/** Over all patches of a report, which has to stay below 1 MiB. */
const maxFunctions = 5000

/**
 * The kernel module of kpatch before it used upstream's livepatch, `kpatch.ko` of the RHEL 7 era. It stops the machine, checks
 * every stack, and changes all at once or nothing: there is never a transition. What it refuses is in the kernel log only.
 *
 * Source: kpatch, kmod/core/core.c; patches are directories of /sys/kernel/kpatch, before 0.4 of its `patches` directory;
 * world-readable. `absent` when that module is not loaded.
 */
export const createKpatchCoreSource = (): Source => ({
  name: 'kpatch-core',
  async read(context): Promise<SourceReading> {
    const { files } = context
    if (!files.exists(kpatchDirectory)) return { status: 'absent' }
    const patches = readPatches(files)
    const reason = addRefusal(context, patches)
    const claims = patches.map(({ name, state, enabled, failure }) => ({
      patch: name,
      state,
      raw: clip(failure ?? `enabled=${enabled ? 1 : 0}`, 200),
    }))
    return { status: 'ok', ...(reason !== null && { reason }), claims, patches }
  },
})

function readPatches(files: HostFiles): ReportPatch[] {
  const older = `${kpatchDirectory}/patches`
  const isOlder = files.exists(older) && !files.exists(`${older}/enabled`)
  const root = isOlder ? older : kpatchDirectory
  const listed = directoriesUnlessGone(files, root)
    .slice(0, maxPatches)
    .flatMap((name) => {
      const enabled = readEnabled(files, `${root}/${name}/enabled`)
      return enabled === null ? [] : [{ name, enabled, replace: replaceParameter(files, name) }]
    })
  const isReplaced = listed.some(({ enabled, replace }) => enabled && replace !== false)
  const budget = { functions: maxFunctions }
  return listed.map(({ name, enabled, replace }) =>
    barePatch({
      mechanism: 'kpatch-core',
      manager: 'kpatch',
      name: clip(name, 128),
      // Unlike upstream, one that was replaced stays listed until its module is removed.
      state: enabled ? 'applied' : isReplaced ? 'leftover' : 'disabled',
      enabled,
      replace,
      ...moduleFacts(files, name),
      // Before 0.4 all functions are in one directory, `functions`, and whose they are is not said.
      objects: isOlder ? [] : readObjects(files, `${root}/${name}`, budget),
    }),
  )
}

/** Null for one that was just removed. Throws when the file is there and does not say: `disabled` would be a false alarm. */
function readEnabled(files: HostFiles, path: string): boolean | null {
  const text = textUnlessGone(files, path, 16)
  if (text === null) return null
  const enabled = parseFlag(text)
  if (enabled === null) throw new Error(`/${path} holds neither 0 nor 1`)
  return enabled
}

function readObjects(files: HostFiles, directory: string, budget: { functions: number }): PatchObject[] {
  return files
    .directories(directory)
    .slice(0, maxObjects)
    .map((name) => ({
      name: clip(name, 128),
      patched: null,
      loaded: isLoaded(files, name),
      functions: readFunctions(files, `${directory}/${name}`, budget),
    }))
}

/**
 * Puts the load that was refused last among the patches, as failed. The log does not name it: it is the only one on disk for
 * this kernel that is not enabled. With none or several the patch stays unknown, and the sentence returned says what was refused.
 */
function addRefusal({ files, history, identity }: ReadingContext, patches: ReportPatch[]): string | null {
  const enabled = new Set(patches.filter((patch) => patch.enabled).map(({ name }) => name))
  const waiting = modulesOnDisk(files, identity.kernel.release).filter((name) => !enabled.has(name))
  const [only] = waiting
  if (history.kpatch.refused()?.patch === null && only !== undefined && waiting.length === 1)
    history.kpatch.name(only)
  const refused = history.kpatch.refused()
  if (!refused) return null
  const { patch: name, failure } = refused
  if (name === null)
    return `a load was refused and the kernel does not name the patch: ${failure}. Load it again when that task has moved on.`
  const listed = patches.find((patch) => patch.name === name)
  if (listed?.enabled) return null
  if (listed) Object.assign(listed, { state: 'failed', failure })
  else
    patches.push(
      barePatch({
        mechanism: 'kpatch-core',
        manager: 'kpatch',
        name,
        state: 'failed',
        enabled: false,
        failure,
      }),
    )
  return null
}

/** Modules that `kpatch load --all` would load on this kernel. */
function modulesOnDisk(files: HostFiles, release: string): string[] {
  const directories = [`var/lib/kpatch/${release}`, `usr/lib/kpatch/${release}`]
  const names = directories.flatMap((directory) => {
    const entries = files.list(directory)
    return entries instanceof ReadFailure ? [] : entries
  })
  return [...new Set(names.map(moduleNameOf))].filter(
    (name) => name !== null && name !== 'kpatch',
  ) as string[]
}
