import { CodeList } from '../../../../../components/code-list.tsx'
import { counted, number } from '../../../../../words/numbers.ts'

type DifferenceProps = {
  title: string
  /** One of the things compared, as a word. */
  what: string
  onlyA: readonly string[] | null
  onlyB: readonly string[] | null
  both: number | null
  /** What stands in place of lists nobody could make. */
  unsaid: string
}

/** What only A has beside what only B has. */
export function Difference({ title, what, onlyA, onlyB, both, unsaid }: DifferenceProps) {
  const id = `only-${what}`
  return (
    <section aria-labelledby={id} className="panel">
      <div className="panel-head">
        <h2 id={id} className="text-14">
          {title}
        </h2>
        {both !== null && <span className="text-12 text-muted">{number(both)} in both</span>}
      </div>
      {onlyA === null || onlyB === null ? (
        <p className="p-4 text-muted">{unsaid}</p>
      ) : (
        <div className="grid gap-4 p-4 sm:grid-cols-2">
          <Only letter="A" items={onlyA} what={what} />
          <Only letter="B" items={onlyB} what={what} />
        </div>
      )}
    </section>
  )
}

function Only({ letter, items, what }: { letter: string; items: readonly string[]; what: string }) {
  return (
    <div className="min-w-0 text-13">
      <h3 className="eyebrow mb-0.5">
        Only in {letter}: {items.length === 0 ? 'none' : counted(items.length, what)}
      </h3>
      {items.length > 0 && <CodeList items={items} what={what} />}
    </div>
  )
}
