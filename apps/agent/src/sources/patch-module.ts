import type { PatchObject, ReportPatch } from '@graftwatch/contract/report'
import { parseFlag, parseFunctionDirectory, parseInteger } from '@graftwatch/livepatch/parse/klp'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { oneLine } from '../identity.ts'

/** Facts about kernel modules: those that patches come in, and those they change. Source: /sys/module; world-readable. */

/** Directories in which the mechanisms list their patches. */
export const kgraftDirectory = 'sys/kernel/kgraft'
export const kpatchDirectory = 'sys/kernel/kpatch'

/** What the kernel knows of the module a patch came in; null where it does not tell. */
export function moduleFacts(
  files: HostFiles,
  name: string,
): Pick<ReportPatch, 'srcVersion' | 'version' | 'refCount'> {
  const uses = parseInteger(files.text(`sys/module/${name}/refcnt`, 32) ?? '')
  return {
    srcVersion: oneLine(files, `sys/module/${name}/srcversion`, 128),
    version: oneLine(files, `sys/module/${name}/version`, 128),
    refCount: uses !== null && uses >= 0 && uses < 2 ** 31 ? uses : null,
  }
}

/** Functions by the directories that stand for them in an object's own, as many as the budget of all patches together leaves. */
export function readFunctions(
  files: HostFiles,
  directory: string,
  budget: { functions: number },
): PatchObject['functions'] {
  const entries = files.directories(directory).slice(0, Math.min(2000, budget.functions))
  budget.functions -= entries.length
  return entries.map((entry) => {
    const { name, position } = parseFunctionDirectory(entry)
    return { name: clip(name, 256), position }
  })
}

/** The module parameter `replace`, which patches built with kpatch carry; null where there is none. */
export function replaceParameter(files: HostFiles, name: string): boolean | null {
  const text = files.text(`sys/module/${name}/parameters/replace`, 16)
  return text === null ? null : parseFlag(text)
}

/** Whether an object, `vmlinux` or a module, is in the running kernel; null where nobody can tell. */
export function isLoaded(files: HostFiles, object: string): boolean | null {
  if (object === 'vmlinux') return true
  return files.exists('sys/module') ? files.exists(`sys/module/${object}`) : null
}

/** Whether a module belongs to a patch of kGraft or of kpatch.ko, which mark the kernel as live-patched just as upstream does. */
export function isOfOtherMechanism(files: HostFiles, module: string): boolean {
  const isKpatch = [kpatchDirectory, `${kpatchDirectory}/patches`].some((directory) =>
    files.exists(`${directory}/${module}/enabled`),
  )
  return isKpatch || kgraftOwners(files).some(({ owner }) => owner === module)
}

/** kGraft's patches by the name of their directory, with the module each came in, which need not be called the same. */
export function kgraftOwners(files: HostFiles): { directory: string; owner: string }[] {
  return directoriesUnlessGone(files, kgraftDirectory).map((directory) => {
    const target = files.link(`${kgraftDirectory}/${directory}/owner`)
    return { directory, owner: target?.split('/').at(-1) || directory }
  })
}

/** Names of the directories in a directory; [] when it is gone. Throws when it is there and cannot be listed: unread is not empty. */
export function directoriesUnlessGone(files: HostFiles, path: string): string[] {
  const names = files.listDirectories(path)
  if (!(names instanceof ReadFailure)) return names
  if (names.isGone) return []
  throw new Error(`${names.code} listing /${path}`)
}

/** A file's text; null when it is gone, which it is while a patch is being freed. Throws when it is there and unreadable. */
export function textUnlessGone(files: HostFiles, path: string, maxBytes?: number): string | null {
  const text = files.read(path, maxBytes)
  if (!(text instanceof ReadFailure)) return text
  if (text.isGone) return null
  throw new Error(`${text.code} reading /${path}`)
}
