import type { ReactNode } from 'react'

type PanelProps = { id: string; title: string; children: ReactNode; foot?: ReactNode }

/** A panel of facts; `foot` ends it with what one may do. */
export function Panel({ id, title, children, foot }: PanelProps) {
  return (
    <section aria-labelledby={id} className="panel">
      <div className="panel-head">
        <h2 id={id} className="text-14">
          {title}
        </h2>
      </div>
      <dl className="flex flex-col gap-2 p-4 text-13">{children}</dl>
      {foot && (
        <div className="flex flex-wrap gap-2 border-t border-line px-4 py-2.5 empty:hidden">{foot}</div>
      )}
    </section>
  )
}

export function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-3">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}
