'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { Section } from './sections.ts'

export function SettingsTabs({ sections }: { sections: readonly Section[] }) {
  const pathname = usePathname()
  return (
    <nav aria-label="Settings" className="mt-3 mb-5 flex flex-wrap gap-x-1 border-b border-line">
      {sections.map(({ href, word }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={pathname.startsWith(href) ? 'page' : undefined}
          className="-mb-px inline-flex min-h-10 items-center border-b-2 border-transparent px-2.5 text-13 font-medium text-muted hover:text-ink aria-[current]:border-ink aria-[current]:text-ink max-sm:min-h-11"
        >
          {word}
        </Link>
      ))}
    </nav>
  )
}
