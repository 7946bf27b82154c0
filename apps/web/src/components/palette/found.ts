import type { PaletteItem } from './items.ts'

/** What one person found and chose in this browser; kept so that the palette helps before, and without, an answer of the server. */
type Kept = { who: string; found: PaletteItem[]; recent: PaletteItem[] }

const place = 'graftwatch-found'
const foundAtMost = 200
const recentAtMost = 8

/** Reads what is kept for `who`; empty for another person, or where the browser keeps nothing. Never throws. */
export function readFound(who: string): Kept {
  const empty = { who, found: [], recent: [] }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? 'null')
    return isKept(kept) && kept.who === who ? kept : empty
  } catch {
    return empty
  }
}

/** Keeps what a search brought, newest first. Never throws. */
export function keepFound(who: string, items: readonly PaletteItem[]): void {
  const kept = readFound(who)
  save({ ...kept, found: newestFirst(items, kept.found, foundAtMost) })
}

/** Keeps that something was chosen. Never throws. */
export function keepRecent(who: string, item: PaletteItem): void {
  const kept = readFound(who)
  save({ ...kept, recent: newestFirst([item], kept.recent, recentAtMost) })
}

export function forgetFound(): void {
  try {
    localStorage.removeItem(place)
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

const newestFirst = (items: readonly PaletteItem[], before: readonly PaletteItem[], most: number) =>
  [...new Map([...items, ...before].map((item) => [item.key, item] as const)).values()].slice(0, most)

function save(kept: Kept): void {
  try {
    localStorage.setItem(place, JSON.stringify(kept))
  } catch {
    // Full or forbidden: the palette then asks the server every time.
  }
}

function isKept(value: unknown): value is Kept {
  return (
    typeof value === 'object' &&
    value !== null &&
    'who' in value &&
    'found' in value &&
    'recent' in value &&
    areItems(value.found) &&
    areItems(value.recent)
  )
}

const areItems = (value: unknown): value is PaletteItem[] =>
  Array.isArray(value) &&
  value.every(
    (item: unknown) =>
      typeof item === 'object' &&
      item !== null &&
      'key' in item &&
      'title' in item &&
      typeof item.title === 'string' &&
      'detail' in item &&
      typeof item.detail === 'string' &&
      'href' in item &&
      (item.href === null || (typeof item.href === 'string' && /^\/(?!\/)/.test(item.href))),
  )
