/** The columns a list of hosts can show, in their order. `state` and `hostname` are always there. */
export const columns = [
  'transition',
  'patch',
  'kernel',
  'os',
  'labels',
  'ticks',
  'since',
  'lastSeen',
] as const
export type Column = (typeof columns)[number]

export const usualColumns: readonly Column[] = ['transition', 'patch', 'kernel', 'labels', 'ticks', 'since']

/** The columns an address names; the usual ones where it names none. */
export function readColumns(names: readonly string[]): Column[] {
  if (names.length === 0) return [...usualColumns]
  return columns.filter((column) => names.includes(column))
}

/** The columns as they stand in an address; null where they are the usual ones. `state` stands for none of those one can choose. */
export function columnsShown(shown: readonly Column[]): string | null {
  const isUsual = columns.every((column) => shown.includes(column) === usualColumns.includes(column))
  if (isUsual) return null
  return shown.length === 0 ? 'state' : shown.join(',')
}

/** The columns to draw: of the past nobody keeps how far the tasks of each host were, or when it last spoke. */
export const shownColumns = ({ columns, at }: { columns: readonly Column[]; at: string | null }): Column[] =>
  columns.filter((column) => at === null || (column !== 'transition' && column !== 'lastSeen'))
