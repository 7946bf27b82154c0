import type { Permission } from '@graftwatch/contract/vocabulary'
import type { PageIconName } from './page-icon.tsx'

type Page = {
  href: string
  word: string
  icon: PageIconName
  /** Whoever may not do this does not see the page's entry. Without it everybody does. */
  permission?: Permission
  /** The key that leads there after `g`. */
  letter?: string
  /** Whether it stands in the bar of a phone; the others are under More. */
  inBar?: true
}

/** The pages there are, in the order of the navigation. An entry comes with its page. */
export const pages: readonly Page[] = [
  { href: '/', word: 'Overview', icon: 'overview', letter: 'o', inBar: true },
  { href: '/hosts', word: 'Hosts', icon: 'hosts', letter: 'h', inBar: true },
  { href: '/transitions', word: 'Transitions', icon: 'transitions', letter: 't', inBar: true },
  { href: '/blockers', word: 'Blockers', icon: 'blockers', letter: 'b' },
  { href: '/patches', word: 'Patches', icon: 'patches', letter: 'p' },
  { href: '/alerts', word: 'Alerts', icon: 'alerts', letter: 'a', inBar: true },
  { href: '/add', word: 'Add hosts', icon: 'add', permission: 'enrollment-tokens:write' },
  { href: '/settings', word: 'Settings', icon: 'settings', permission: 'enrollment-tokens:read' },
  { href: '/audit', word: 'Audit', icon: 'audit', permission: 'audit:read' },
]

export const pagesFor = (permissions: readonly Permission[]): readonly Page[] =>
  pages.filter(({ permission }) => permission === undefined || permissions.includes(permission))

/** Whether an address is of a page: `page` is that page itself, `true` one under it. */
export function placeOf(href: string, pathname: string): 'page' | 'true' | undefined {
  if (pathname === href) return 'page'
  return href !== '/' && pathname.startsWith(`${href}/`) ? 'true' : undefined
}
