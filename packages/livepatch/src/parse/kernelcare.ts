import type { ClientVerdict } from '@graftwatch/contract/vocabulary'
import { cvesOf } from './changelog.ts'
import { clip } from './text.ts'

/** What KernelCare's `kcarectl` prints and means. Source: TuxCare's documentation and real output. Pure, never throws. */

export interface KernelcareInfo {
  /** Whether it says that a patch set is applied; null when it says neither. */
  isApplied: boolean | null
  /** Level of the patch set. */
  level: string | null
  effectiveRelease: string | null
}

/**
 * `kcarectl --info`: lines `key: value`. The description is `<level>;<effective>` in old agents, `<level>-<type>:<time>;<effective>`
 * in new ones.
 */
export function parseKernelcareInfo(output: string): KernelcareInfo {
  const lines = output.split('\n').map((line) => line.slice(0, 1000).trim())
  const field = (name: string): string | null =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? null
  const description = /^(\d{1,9})(?:-[^:;]*:\d+)?;(\S.*)$/.exec(field('kpatch-description') ?? '')
  const state = field('kpatch-state')
  return {
    isApplied: state === 'patch is applied' ? true : /no patches applied/i.test(output) ? false : null,
    level: description?.[1] ?? null,
    effectiveRelease: description?.[2] ? clip(description[2].trim(), 128) : null,
  }
}

/** /proc/kcare/cvelist, one a line; also the `kpatch-cve` lines of `kcarectl --patch-info`, where `N/A` means none. */
export const parseCveList = (text: string): string[] => cvesOf(text)

/** What the exit code of `kcarectl --status` means. That of `--check` means the opposite for 0, so nobody asks it. */
export function verdictOfStatus(exitCode: number): { value: ClientVerdict; words: string } {
  switch (exitCode) {
    case 0:
      return { value: 'applied', words: 'the latest level is applied' }
    case 1:
      return { value: 'unknown', words: 'nothing is applied' }
    case 2:
      return { value: 'update-available', words: 'newer patches are not applied' }
    case 3:
      return { value: 'unsupported', words: 'this kernel is not supported' }
    default:
      return { value: 'unknown', words: 'an exit code without a meaning' }
  }
}
