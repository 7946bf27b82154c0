import Link from 'next/link'

/** The way up, two deep: the list, and where one is in it. */
export function Breadcrumb({ href, list, here }: { href: string; list: string; here: string }) {
  return (
    <nav aria-label="Breadcrumb" className="mb-2 text-13">
      <Link
        href={href}
        prefetch={false}
        className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
      >
        {list}
      </Link>
      <span aria-hidden="true" className="px-1.5 text-muted">
        /
      </span>
      <span className="text-muted">{here}</span>
    </nav>
  )
}
