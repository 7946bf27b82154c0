import type { LabelsImported } from '../api/types.ts'
import { counted, listed, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

const namesShown = 5

/** What an import came to, a line each: what changed, and which names led nowhere. */
export function importSentence(done: LabelsImported): string[] {
  return [
    `${counted(done.rows, 'row')} read, ${counted(done.changed, 'host')} changed.`,
    ...unusable(done.unknown, done.unknownTotal, 'no host has'),
    ...unusable(done.ambiguous, done.ambiguousTotal, 'more than one host has'),
  ]
}

function unusable(names: readonly string[], total: number, why: string): string[] {
  if (total === 0) return []
  const shown = names.slice(0, namesShown).map(visibleText)
  const rest = total - shown.length
  return [
    `${counted(total, 'name')} ${why}: ${listed(rest > 0 ? [...shown, `${number(rest)} more`] : shown)}.`,
  ]
}
