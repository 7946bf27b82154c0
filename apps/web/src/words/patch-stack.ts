import type { HostPatch, PatchObject } from '../api/types.ts'

type PatchFunction = PatchObject['functions'][number]

/**
 * The name of the patch whose version of a function runs in place of this patch's one; null when it is this one, or when the kernel
 * does not tell the order (`stackOrder`), since then nobody knows.
 */
export function overriddenBy(
  patch: HostPatch,
  objectName: string,
  { name, position }: PatchFunction,
  all: readonly HostPatch[],
): string | null {
  if (patch.stackOrder === null || patch.enabled !== true) return null
  const own = patch.stackOrder
  const later = all
    .filter((other) => other.enabled === true && other.stackOrder !== null && other.stackOrder > own)
    .filter((other) =>
      other.objects.some(
        (object) =>
          object.name === objectName &&
          object.functions.some((each) => each.name === name && each.position === position),
      ),
    )
  return later.toSorted((a, b) => (b.stackOrder ?? 0) - (a.stackOrder ?? 0))[0]?.name ?? null
}
