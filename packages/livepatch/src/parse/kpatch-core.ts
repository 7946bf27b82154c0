import { clip } from './text.ts'

/**
 * What kpatch.ko, the module of the RHEL 7 era, says in the kernel log. Source: kpatch, kmod/core/core.c. Pure, never throws.
 */

/**
 * `refused`: a task was in a function to be changed (null: an interrupt that cannot be masked), so nothing was changed; which
 * patch it was is not said. `holder`: that task, in the line after. `loaded` and `unloaded` name the patch's module.
 */
export type KpatchMessage =
  | { kind: 'refused'; functionName: string | null }
  | { kind: 'holder'; pid: number; comm: string }
  | { kind: 'loaded' | 'unloaded'; patch: string }

/** Null for every other message, those of other subsystems included. */
export function parseKpatchMessage(message: string): KpatchMessage | null {
  const prefix = 'kpatch: '
  if (!message.startsWith(prefix)) return null
  const body = message.slice(prefix.length).trimEnd()
  const refused = /^(?:NMI )?activeness safety check failed(?: for (\S+))?$/.exec(body)
  if (refused) return { kind: 'refused', functionName: refused[1] ? clip(refused[1], 128) : null }
  const holder = /^PID: (\d{1,7}) Comm: (.{1,64})$/.exec(body)
  if (holder) return { kind: 'holder', pid: Number(holder[1]), comm: clip(holder[2] ?? '', 64) }
  const moved = /^(loaded|unloaded) patch module '([^']+)'$/.exec(body)
  const patch = clip(moved?.[2] ?? '', 128)
  if (!moved || patch === '') return null
  return { kind: moved[1] === 'loaded' ? 'loaded' : 'unloaded', patch }
}
