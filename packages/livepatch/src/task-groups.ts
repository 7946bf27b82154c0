import type { TaskGroup, TaskKind } from '@graftwatch/contract'

/** As many groups as a report may carry. */
const groupLimit = 200

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Groups of threads as a report carries them: those with remaining tasks first, then the largest. Beyond 200 the smallest
 * become `other` of their kind, so that the sums stay those of the host. Never throws.
 */
export function foldGroups(groups: Iterable<TaskGroup>): TaskGroup[] {
  const ranked = [...groups].sort(
    (a, b) =>
      b.remaining - a.remaining || b.total - a.total || compare(a.comm, b.comm) || compare(a.kind, b.kind),
  )
  if (ranked.length <= groupLimit) return ranked
  const kinds: TaskKind[] = ['user', 'kthread']
  const kept = ranked.slice(0, groupLimit - kinds.length)
  const rest = ranked.slice(groupLimit - kinds.length)
  for (const kind of kinds) {
    const folded = rest.filter((group) => group.kind === kind)
    if (folded.length === 0) continue
    const sum = (key: 'total' | 'remaining') => folded.reduce((total, group) => total + group[key], 0)
    kept.push({ comm: 'other', kind, total: sum('total'), remaining: sum('remaining') })
  }
  return kept
}
