import { counted } from '../words/numbers.ts'
import { visibleText } from '../words/visible-text.ts'

/** More than a glance takes in; the rest folds away. */
const shownAtOnce = 24

/** Names in a paragraph of code: functions, CVEs. The rest of a long list folds away. `what`: one of them, as a word. */
export function CodeList({ items, what }: { items: readonly string[]; what: string }) {
  const names = items.map((item) => (
    <li key={item} className="wrap-anywhere">
      {visibleText(item)}
    </li>
  ))
  return (
    <>
      <ul className="mono flex flex-wrap gap-x-4 gap-y-0.5 text-12">{names.slice(0, shownAtOnce)}</ul>
      {names.length > shownAtOnce && (
        <details>
          <summary className="textlink inline-block min-h-6 text-13">
            {counted(names.length - shownAtOnce, `more ${what}`)}
          </summary>
          <ul className="mono flex flex-wrap gap-x-4 gap-y-0.5 text-12">{names.slice(shownAtOnce)}</ul>
        </details>
      )}
    </>
  )
}
