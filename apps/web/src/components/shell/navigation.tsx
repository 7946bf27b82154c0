'use client'

import type { Permission } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { number } from '../../words/numbers.ts'
import { PageIcon } from './page-icon.tsx'
import { pagesFor, placeOf } from './pages.ts'

export type NavigationProps = {
  /** Hosts that are stuck, and alerts that fire; zero also while nobody knows. */
  stuck: number
  firing: number
  /** Whether somebody has to get up for one of them. */
  loud: boolean
  permissions: readonly Permission[]
}

type Counts = Omit<NavigationProps, 'permissions'>

/** The pages there are, as a rail at the left; icons alone under 1280. Phones have bottom-bar.tsx instead. */
export function Navigation({ permissions, ...counts }: NavigationProps) {
  const pathname = usePathname()
  return (
    <nav aria-label="Main" className="flex flex-col gap-1">
      {pagesFor(permissions).map(({ href, word, icon, letter }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={placeOf(href, pathname)}
          title={letter === undefined ? word : `${word} (g ${letter})`}
          className="group relative flex min-h-9 items-center gap-2.5 rounded-control px-2.5 text-13 font-medium text-muted hover:bg-raised hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink max-xl:justify-center"
        >
          <PageIcon name={icon} />
          <span className="max-xl:sr-only">{word}</span>
          <PageCount href={href} {...counts} />
        </Link>
      ))}
    </nav>
  )
}

/** The two numbers the navigation has, each on the entry of the page that shows why: hosts that are stuck, and alerts that fire. */
export function PageCount({ href, stuck, firing, loud }: Counts & { href: string }) {
  if (href === '/transitions') return <Count of={stuck} word="stuck" red />
  return href === '/alerts' ? <Count of={firing} word="firing" red={loud} /> : null
}

function Count({ of, word, red }: { of: number; word: string; red: boolean }) {
  if (of === 0) return null
  return (
    <span
      className={`mono text-12 max-xl:absolute max-xl:-top-1 max-xl:left-6 max-sm:-top-1.5 max-sm:left-3 max-xl:min-w-4 max-xl:rounded-full max-xl:border max-xl:bg-page max-xl:px-1 max-xl:text-center max-xl:leading-4 max-xl:font-semibold xl:ml-auto ${red ? 'text-stuck-text max-xl:border-stuck' : 'text-ink max-xl:border-ink'}`}
    >
      <span className="sr-only">, </span>
      {number(of)}
      <span className="sr-only"> {word}</span>
    </span>
  )
}
