import { compareRpmParts } from './versions.ts'

/**
 * Which kernel the boot loader starts next, from its own files: GRUB's environment and menu, Boot Loader Specification entries.
 * Pure, never throws. What cannot be followed for certain is null: another guess would be a false "reboot needed".
 */

/** A kernel in a boot menu. */
export interface BootEntry {
  /** What a saved default names it by. */
  id: string | null
  title: string
  /** The kernel image, as the menu names it; null for entries without one, such as firmware settings. */
  image: string | null
  /** Entries below it, of a submenu. */
  entries: BootEntry[]
}

/** The release in the name of a kernel image: `/boot/vmlinuz-6.1.0-41-amd64`. Null when the name carries none. */
export function releaseOfImage(path: string): string | null {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const release = /^(?:vmlinu[xz]|[bz]?Image|kernel)-(\d+\.\d\S{0,120})$/.exec(base)?.[1] ?? null
  return release === null ||
    /\.(?:old|bak|orig|dpkg-\w+|rpm\w+|efi\.signed|sig|hmac|fingerprint)$/.test(release)
    ? null
    : release
}

/** GRUB's environment block: `key=value` lines after a comment, filled up with `#`. Source: GRUB manual, "Environment block". */
export function parseGrubEnvironment(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z_][A-Za-z0-9_]{0,60})=(.*)$/.exec(line)
    if (match?.[1]) values.set(match[1], (match[2] ?? '').trim())
  }
  return values
}

/** An entry file of the Boot Loader Specification; `id` is its name without `.conf`. */
export function parseLoaderEntry(id: string, text: string): BootEntry {
  const value = (key: string): string | null =>
    new RegExp(`^${key}[ \\t]+(\\S.*)$`, 'm').exec(text)?.[1]?.trim() ?? null
  return { id, title: value('title') ?? id, image: value('linux'), entries: [] }
}

/** In the order in which GRUB's `blscfg` lists them: the newest file name first. */
export const sortLoaderEntries = (entries: readonly BootEntry[]): BootEntry[] =>
  [...entries].sort((a, b) => compareRpmParts(b.id ?? '', a.id ?? ''))

export interface GrubMenu {
  /** The default it sets when no one-time entry is: a number, an id or title, a path of them with `>`, or `${saved_entry}`. */
  defaultEntry: string
  entries: BootEntry[]
  /** Whether the menu is read from entry files instead (`blscfg`). */
  usesLoaderEntries: boolean
}

const maxEntries = 1000
/** Blocks within blocks: more than any menu has. */
const maxDepth = 64

/** A `grub.cfg` as grub-mkconfig writes it. */
export function parseGrubMenu(text: string): GrubMenu {
  const top: BootEntry[] = []
  const open: (BootEntry | null)[] = []
  let defaultEntry: string | null = null
  let count = 0
  let usesLoaderEntries = false
  for (const whole of text.split('\n')) {
    // None so long that a pattern could dwell on it.
    const line = whole.slice(0, 4096).trim()
    usesLoaderEntries ||= /^blscfg\b/.test(line)
    const heading = /^\s*(menuentry|submenu)\s+(.*)$/.exec(line)
    const parent = open.findLast((entry) => entry !== null) ?? null
    if (heading?.[2] !== undefined && count < maxEntries) {
      const entry = menuEntry(heading[2])
      ;(parent?.entries ?? top).push(entry)
      count++
      if (line.endsWith('{')) open.push(entry)
    } else if (line.endsWith('{') && open.length < maxDepth) open.push(null)
    else if (/^\s*\}/.test(line)) open.pop()
    const image = /^\s*linux(?:16|efi)?\s+(\S+)/.exec(line)?.[1]
    if (image !== undefined && parent) parent.image ??= image
    const set = /^\s*set default=(?:"([^"]*)"|'([^']*)'|(\S*))/.exec(line)
    const value = set?.[1] ?? set?.[2] ?? set?.[3]
    if (value !== undefined && !value.includes('next_entry')) defaultEntry = value
  }
  return { defaultEntry: defaultEntry ?? '0', entries: top, usesLoaderEntries }
}

function menuEntry(heading: string): BootEntry {
  const title = /^(?:'([^']*)'|"([^"]*)"|(\S+))/.exec(heading)
  const id = /(?:--id|\$\{?menuentry_id_option\}?)[ =]+(?:'([^']*)'|"([^"]*)"|([^\s{]+))/.exec(heading)
  return {
    id: id?.[1] ?? id?.[2] ?? id?.[3] ?? null,
    title: title?.[1] ?? title?.[2] ?? title?.[3] ?? '',
    image: null,
    entries: [],
  }
}

/**
 * The image that `selected` starts: a number from 0, an id, a title, or a path of these with `>`, each in its submenu. A submenu
 * alone stands for its first entry. Null when there is no such entry, or it starts no kernel.
 */
export function imageOfSelection(entries: readonly BootEntry[], selected: string): string | null {
  let level = entries
  let found: BootEntry | undefined
  for (const step of selected.split('>')) {
    found =
      level.find(({ id, title }) => id === step || title === step) ??
      (/^\d{1,4}$/.test(step) ? level[Number(step)] : undefined)
    if (!found) return null
    level = found.entries
  }
  while (found && found.image === null && found.entries.length > 0) found = found.entries[0]
  return found?.image ?? null
}

/** What is selected for the next boot: an entry for one boot, else the menu's default, with the saved one filled in. */
export function selectedEntry(defaultEntry: string, environment: ReadonlyMap<string, string>): string {
  const once = environment.get('next_entry')
  if (once) return once
  if (!/\$\{?saved_entry\}?/.test(defaultEntry)) return defaultEntry
  return environment.get('saved_entry') || '0'
}
