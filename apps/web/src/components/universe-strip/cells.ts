import type { TaskGroup } from '../../api/types.ts'

/** From here on a cell is a process and not a thread; 3,000 cells are what a screen can show and a reader can take in. */
export const mostThreadCells = 3000

/**
 * A cell of the strip. `level` is the share of it that has migrated: 0 or 1 for a thread, anything between for a process.
 * `crossing`: it migrated since the last reading, and may move.
 */
export type Cell = { level: number; crossing: boolean; groupStart: boolean }

export type Band = { kind: 'tasks' | 'kthreads'; cells: Cell[]; total: number; remaining: number }

export const groupKey = (group: TaskGroup): string => `${group.kind}:${group.comm}`

/** How many threads of each group migrated between two readings, at most `limit` in all; the rest appear without moving. */
export function crossings(
  before: readonly TaskGroup[],
  after: readonly TaskGroup[],
  limit = 60,
): Map<string, number> {
  const earlier = new Map(before.map((group) => [groupKey(group), group.remaining]))
  const crossed = new Map<string, number>()
  let left = limit
  for (const group of after) {
    const gone = Math.min(left, (earlier.get(groupKey(group)) ?? 0) - group.remaining)
    if (gone <= 0) continue
    crossed.set(groupKey(group), gone)
    left -= gone
  }
  return crossed
}

/** The cells of a strip, in the order of the groups: what people run first, kernel threads in a band of their own. */
export function bandsOf(groups: readonly TaskGroup[], crossed: ReadonlyMap<string, number>): Band[] {
  const perThread = threadsIn(groups) <= mostThreadCells
  return (['tasks', 'kthreads'] as const)
    .map((kind) => {
      const own = groups.filter((group) => (group.kind === 'kthread') === (kind === 'kthreads'))
      return {
        kind,
        cells: own.flatMap((group) =>
          perThread ? threadCells(group, crossed.get(groupKey(group)) ?? 0) : processCell(group),
        ),
        total: sum(own, 'total'),
        remaining: sum(own, 'remaining'),
      }
    })
    .filter((band) => band.total > 0)
}

export const threadsIn = (groups: readonly TaskGroup[]): number => sum(groups, 'total')

/** Threads of a group are alike to us: those that remain stand last, and those that just crossed stand before them. */
function threadCells(group: TaskGroup, crossed: number): Cell[] {
  const migrated = Math.max(0, group.total - group.remaining)
  return Array.from({ length: group.total }, (_, index) => ({
    level: index < migrated ? 1 : 0,
    crossing: index < migrated && index >= migrated - crossed,
    groupStart: index === 0,
  }))
}

function processCell(group: TaskGroup): Cell[] {
  if (group.total === 0) return []
  return [{ level: (group.total - group.remaining) / group.total, crossing: false, groupStart: true }]
}

const sum = (groups: readonly TaskGroup[], field: 'total' | 'remaining'): number =>
  groups.reduce((total, group) => total + group[field], 0)

/** A run of cells that is drawn as one picture, so that a strip of thousands stays a few hundred elements and still wraps. */
export type Chunk = { width: number; cells: (Cell & { x: number })[] }

/** Cuts a band into pictures of one width; both lanes cut the same way, so a cell has the same place in each. */
export function chunksOf(cells: readonly Cell[], size: number): Chunk[] {
  const pitch = size + 1
  // Processes stand apart by half a cell; where every cell is one there is nothing to tell apart.
  const gap = cells.every((cell) => cell.groupStart) ? 0 : Math.ceil(size / 2)
  const width = cells.length > 1000 ? pitch * 12 : pitch * 6
  const chunks: Chunk[] = []
  let x = width
  for (const cell of cells) {
    const start = x === 0 || x >= width || !cell.groupStart ? x : x + gap
    const fits = start + size <= width && chunks.length > 0
    const at = fits ? start : 0
    if (!fits) chunks.push({ width, cells: [] })
    chunks.at(-1)?.cells.push({ ...cell, x: at })
    x = at + pitch
  }
  return chunks
}
