import type { PatchComparison } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

/** What two patches have in common and what not, in a sentence. `A` and `B` as the page calls them. */
export function comparisonSentence({ a, b, onlyA, onlyB, both }: PatchComparison): string {
  const pair =
    a.name === b.name
      ? `Two builds of ${visibleText(a.name)}`
      : `${visibleText(a.name)} and ${visibleText(b.name)}`
  if (onlyA === null || onlyB === null || both === null)
    return `${pair}: what one of them changes is not known.`
  if (onlyA.length === 0 && onlyB.length === 0) return `${pair} change the same ${counted(both, 'function')}.`
  return `${pair} have ${counted(both, 'function')} in common; ${number(onlyA.length)} only in A, ${number(onlyB.length)} only in B.`
}
