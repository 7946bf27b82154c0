import type { ReactNode } from 'react'

/** `acts`: the column of the buttons, at the right; its name is for those who cannot see them. */
export type RecordColumn = { word: string; width?: string; acts?: true }

/** A table of records that becomes cards under 640 px: there each cell stands under the one before it. */
export function RecordTable({
  caption,
  columns,
  children,
}: {
  caption: string
  columns: readonly RecordColumn[]
  children: ReactNode
}) {
  return (
    <table className="w-full text-13 max-sm:block sm:table-fixed">
      <caption className="sr-only">{caption}</caption>
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-left text-12 text-muted">
          {columns.map(({ word, width = '', acts = false }) => (
            <th key={word} scope="col" className={`px-2 py-2 font-medium first:pl-4 last:pr-4 ${width}`}>
              {acts ? <span className="sr-only">{word}</span> : word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-sm:block">{children}</tbody>
    </table>
  )
}

const cell = 'px-2 py-2.5 align-top first:pl-4 last:pr-4 max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0'

export function RecordRow({ children, ended = false }: { children: ReactNode; ended?: boolean }) {
  return (
    <tr
      className={`max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-2 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3 ${ended ? 'text-muted' : ''}`}
    >
      {children}
    </tr>
  )
}

/** `beside`: in a card it shares its line with what follows. */
export function RecordHead({ children, beside = false }: { children: ReactNode; beside?: boolean }) {
  return (
    <th
      scope="row"
      className={`${cell} text-left font-normal wrap-anywhere ${beside ? '' : 'max-sm:w-full'}`}
    >
      {children}
    </th>
  )
}

type RecordCellProps = {
  /** The name of the column, for the card, where there is no head. */
  word?: string | undefined
  children: ReactNode
  right?: boolean
  beside?: boolean
}

export function RecordCell({ word, children, right = false, beside = false }: RecordCellProps) {
  return (
    <td
      className={`${cell} wrap-anywhere empty:hidden sm:empty:table-cell ${right ? 'sm:text-right' : ''} ${beside ? (right ? 'max-sm:ml-auto' : '') : 'max-sm:w-full'}`}
    >
      {word !== undefined && <span className="text-muted sm:hidden">{word}: </span>}
      {children}
    </td>
  )
}
