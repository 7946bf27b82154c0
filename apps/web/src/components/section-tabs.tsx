'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'

/** `exact`: pages under it are none of its own. */
type Section = { href: string; word: string; exact?: boolean }

/** The parts of an area, one page each. `label`: the area. */
export function SectionTabs({ label, sections }: { label: string; sections: readonly Section[] }) {
  const pathname = usePathname()
  return (
    <nav aria-label={label} className="mt-3 mb-5 flex flex-wrap gap-x-1 border-b border-line">
      {sections.map(({ href, word, exact = false }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={(exact ? pathname === href : pathname.startsWith(href)) ? 'page' : undefined}
          className="-mb-px inline-flex min-h-10 items-center border-b-2 border-transparent px-2.5 text-13 font-medium text-muted hover:text-ink aria-[current]:border-ink aria-[current]:text-ink max-sm:min-h-11"
        >
          {word}
        </Link>
      ))}
    </nav>
  )
}
