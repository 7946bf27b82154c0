'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { type NavigationProps, PageCount } from './navigation.tsx'
import { PageIcon } from './page-icon.tsx'
import { pagesFor, placeOf } from './pages.ts'

const entry =
  'relative flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-12 font-medium text-muted aria-[current]:text-ink'

/** The navigation of a phone: the pages one opens in a hurry, and the others behind More. */
export function BottomBar({ permissions, ...counts }: NavigationProps) {
  const pathname = usePathname()
  const more = useRef<HTMLDivElement>(null)
  const pages = pagesFor(permissions)
  const rest = pages.filter(({ inBar }) => inBar !== true)

  // A link leaves the page without closing what it stands in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address is the reason to close
  useEffect(() => more.current?.hidePopover(), [pathname])

  return (
    <nav
      aria-label="Main, on a phone"
      className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-page pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {pages
        .filter(({ inBar }) => inBar)
        .map(({ href, word, icon }) => (
          <Link
            key={href}
            href={href}
            prefetch={false}
            aria-current={placeOf(href, pathname)}
            className={entry}
          >
            <span className="relative">
              <PageIcon name={icon} />
              <PageCount href={href} {...counts} />
            </span>
            {word}
          </Link>
        ))}
      <button
        type="button"
        popoverTarget="more-pages"
        aria-current={rest.some(({ href }) => placeOf(href, pathname) !== undefined) ? 'true' : undefined}
        className={entry}
      >
        <PageIcon name="more" />
        More
      </button>
      <div
        ref={more}
        id="more-pages"
        popover="auto"
        className="fixed inset-auto right-2 bottom-16 m-0 w-56 rounded-panel border border-line bg-raised p-2 text-ink shadow-(--float)"
      >
        {rest.map(({ href, word, icon }) => (
          <Link
            key={href}
            href={href}
            prefetch={false}
            aria-current={placeOf(href, pathname)}
            className="flex min-h-11 items-center gap-3 rounded-control px-3 text-14 aria-[current]:bg-surface aria-[current]:font-semibold"
          >
            <PageIcon name={icon} />
            {word}
          </Link>
        ))}
      </div>
    </nav>
  )
}
