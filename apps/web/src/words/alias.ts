import type { Blocker } from '../api/types.ts'

/**
 * What the stack calls the function that holds a task, where the patch knows it by another name: `__do_sys_vfork` in the stack is
 * `__x64_sys_vfork` in the patch. Null when both say the same, or when no frame is known to hold it.
 */
export function aliasInStack({
  blockingFunction,
  blockingFrame,
  stack,
}: Pick<Blocker, 'blockingFunction' | 'blockingFrame' | 'stack'>): string | null {
  const frame = blockingFrame === null ? undefined : stack?.[blockingFrame]?.replace(/ \[.*\]$/, '')
  return frame === undefined || frame === blockingFunction ? null : frame
}
