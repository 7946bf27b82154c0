'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { number } from '../../words/numbers.ts'

const pages = [{ href: '/', word: 'Overview' }] as const

/** The pages there are: a rail at the left, icons alone under 1280. Under 640 the name at the top leads to the only one. */
export function Navigation({ stuck }: { stuck: number }) {
  const pathname = usePathname()
  return (
    <nav aria-label="Main" className="flex flex-col gap-1">
      {pages.map(({ href, word }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={pathname === href ? 'page' : undefined}
          className="group relative flex min-h-9 items-center gap-2.5 rounded-control px-2.5 text-13 font-medium text-muted hover:bg-raised hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink max-xl:justify-center"
        >
          <OverviewIcon />
          <span className="max-xl:sr-only">{word}</span>
          {stuck > 0 && (
            <span
              data-state="stuck"
              className="mono ml-auto text-12 text-state max-xl:absolute max-xl:-top-1 max-xl:-right-1 max-xl:min-w-4 max-xl:rounded-full max-xl:border max-xl:border-stuck max-xl:bg-page max-xl:px-1 max-xl:text-center max-xl:leading-4 max-xl:font-semibold"
            >
              {number(stuck)}
              <span className="sr-only"> stuck</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  )
}

function OverviewIcon() {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      aria-hidden="true"
    >
      <rect x="1.7" y="2.2" width="12.6" height="4" rx="1.2" />
      <rect x="1.7" y="9.2" width="5.3" height="4.6" rx="1.2" />
      <rect x="9.5" y="9.2" width="4.8" height="4.6" rx="1.2" />
    </svg>
  )
}
