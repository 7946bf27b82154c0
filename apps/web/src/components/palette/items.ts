import type { Permission } from '@graftwatch/contract/vocabulary'
import { pagesFor } from '../shell/pages.ts'

/** Something the palette offers: a place to go to, or an act on this page. */
export type PaletteItem = {
  /** Unique, and the same every time; what is recent is remembered by it. */
  key: string
  kind: 'page' | 'host' | 'patch' | 'cause' | 'act'
  title: string
  detail: string
  /** Where it leads; acts have none. */
  href: string | null
  /** The keys that do the same. */
  keys: string | null
}

/** The pages somebody may see. */
export const pageItems = (permissions: readonly Permission[]): readonly PaletteItem[] =>
  pagesFor(permissions).map(({ href, word, letter }) => ({
    key: `page ${href}`,
    kind: 'page',
    title: word,
    detail: '',
    href,
    keys: letter === undefined ? null : `g ${letter}`,
  }))

const act = (name: string, title: string, detail: string, keys: string | null = null): PaletteItem => ({
  key: `act ${name}`,
  kind: 'act',
  title,
  detail,
  href: null,
  keys,
})

/** What can be done anywhere. `paused`: whether live updates are held back now. */
export const actItems = (paused: boolean): readonly PaletteItem[] => [
  act('pause', paused ? 'Go on with live updates' : 'Pause live updates', 'this tab', 'p'),
  act('copy-link', 'Copy link', 'to what this page shows now'),
  act('theme-light', 'Light theme', 'appearance'),
  act('theme-dark', 'Dark theme', 'appearance'),
  act('theme-system', 'Theme as the system', 'appearance'),
  act('shortcuts', 'Keyboard shortcuts', 'show them all', '?'),
  act('sign-out', 'Sign out', 'end this session'),
]

/** Whether every word typed is in the title or the detail. An empty query matches everything. */
export function matches({ title, detail }: PaletteItem, query: string): boolean {
  const text = `${title} ${detail}`.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
