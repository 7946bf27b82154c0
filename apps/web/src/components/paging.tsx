import Link from 'next/link'

type PagingProps = {
  label: string
  /** Address of the first page; null while on it. */
  first: string | null
  firstWord: string
  next: string | null
  nextWord: string
}

/** The way on through a list with a cursor, and back to its beginning. Nothing where one page is all. */
export function Paging({ label, first, firstWord, next, nextWord }: PagingProps) {
  if (first === null && next === null) return null
  return (
    <nav
      aria-label={label}
      className="flex items-center justify-between gap-3 border-t border-line px-4 py-2.5"
    >
      {first === null ? (
        <span />
      ) : (
        <Link href={first} prefetch={false} className="button">
          {firstWord}
        </Link>
      )}
      {next !== null && (
        <Link href={next} prefetch={false} className="button">
          {nextWord}
        </Link>
      )}
    </nav>
  )
}
