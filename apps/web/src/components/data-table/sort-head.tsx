import Link from 'next/link'
import type { ReactNode } from 'react'

type SortHeadProps = {
  children: ReactNode
  className?: string
  /** What the column means. */
  title?: string
  right?: boolean
  /** How to sort by it; without it the list cannot be. */
  sort?: { href: string; direction: 'ascending' | 'descending' | null }
}

/** The head of a column; where the list can be sorted by it, a link that does, and the other way round when it already is. */
export function SortHead({ children, className = '', title, right = false, sort }: SortHeadProps) {
  return (
    <th
      scope="col"
      title={title}
      aria-sort={sort?.direction ?? undefined}
      className={`px-2 font-medium whitespace-nowrap first:pl-4 last:pr-4 max-sm:w-auto ${sort === undefined ? 'max-sm:hidden' : ''} ${right ? 'text-right' : ''} ${className}`}
    >
      {sort === undefined ? (
        children
      ) : (
        <Link
          href={sort.href}
          prefetch={false}
          scroll={false}
          className={`inline-flex min-h-8 items-center gap-1 hover:text-ink max-sm:min-h-11 ${sort.direction === null ? '' : 'text-ink'}`}
        >
          {children}
          {sort.direction !== null && (
            <span aria-hidden="true">{sort.direction === 'ascending' ? '↑' : '↓'}</span>
          )}
        </Link>
      )}
    </th>
  )
}
