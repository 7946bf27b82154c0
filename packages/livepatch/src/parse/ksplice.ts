import type { PatchState } from '@graftwatch/contract/vocabulary'
import { cvesOf } from './changelog.ts'
import { clip } from './text.ts'

/**
 * What Ksplice's kernel modules show and what its client, Uptrack, leaves in files. Sources: ksplice.c and the Uptrack client of
 * 2008 to 2011, the last that was published; today's prints the same words. Pure, never throws.
 */

/** The update a module or directory belongs to: `ksplice_etuw1mmg`, of which `ksplice_etuw1mmg_vmlinux_new` is a part. */
export const updateOfModule = (name: string): string | null =>
  /^ksplice_([a-z0-9]{8})$/.exec(name)?.[1] ?? null

/**
 * An update's state from its `stage` and `abort_cause`. It is applied at once or not at all: one that is being prepared and
 * has a cause to have been aborted has failed, until its client tries again. Null for a stage that is not known.
 */
export function updateState(stage: string, abortCause: string | null): PatchState | null {
  switch (stage.trim()) {
    case 'applied':
      return 'applied'
    case 'reversed':
      return 'disabled'
    case 'preparing':
      return abortCause === null || ['', 'ok'].includes(abortCause.trim()) ? 'pending' : 'failed'
    default:
      return null
  }
}

/** Who held an update up: lines `<comm> <pid> <symbol>…` of `conflicts`; those without a symbol are harmless. At most 3 are named. */
export function describeAbort(abortCause: string, conflicts: string): string {
  const held = conflicts.split('\n').flatMap((line) => {
    const match = /^(.+?) (\d{1,10})((?: \S+)+)$/.exec(line.trim())
    return match ? [`${match[1]} (${match[2]}) in${match[3]}`] : []
  })
  const more = held.length > 3 ? ` and ${held.length - 3} more` : ''
  const cause = abortCause.trim()
  return clip(held.length === 0 ? cause : `${cause}: ${held.slice(0, 3).join(', ')}${more}`, 300)
}

/** CVEs that an update fixes, by its title: what only detects an exploit fixes nothing. */
export const fixesOfTitle = (title: string): string[] =>
  /^known exploit detection/i.test(title) ? [] : cvesOf(title)

/** Lines of a YAML file, none so long that a pattern could dwell on it. */
const linesOf = (yaml: string): string[] => yaml.split('\n').map((line) => line.slice(0, 1000).trimEnd())

const unquoted = (value: string): string => {
  const text = value.trim()
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'")
  return /^".*"$/.test(text) ? text.slice(1, -1).replaceAll('\\"', '"') : text
}

/** Values of `Key: value` in one line: alone in it, after the dash of a list, or several in braces. */
function fieldsOf(line: string): Map<string, string> {
  const fields = new Map<string, string>()
  const text = line.trim().replace(/^- /, '')
  const inBraces = /^(?:\w+: )?\{(.*)\}$/.exec(text)?.[1]
  if (inBraces === undefined) {
    const match = /^(\w[\w ]*): ?(.*)$/.exec(text)
    if (match) fields.set(match[1] ?? '', unquoted(match[2] ?? ''))
    return fields
  }
  for (const [, key = '', value = ''] of inBraces.matchAll(
    /(\w+): ('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^,'"][^,]*|)/g,
  ))
    fields.set(key, unquoted(value))
  return fields
}

const isId = (text: string | undefined): text is string => text !== undefined && /^[a-z0-9]{8}$/.test(text)

/**
 * Titles by id, in any of Uptrack's YAML files: `ID` and `Name` in one item of a list, in either order, as a block or in braces.
 * Anything else in the file is passed over. At most 2000.
 */
export function parseUpdateTitles(yaml: string): Map<string, string> {
  const titles = new Map<string, string>()
  let item = new Map<string, string>()
  const take = (): void => {
    const [id, name] = [item.get('ID'), item.get('Name')]
    if (isId(id) && name && titles.size < 2000) titles.set(id, clip(name, 160))
  }
  for (const line of linesOf(yaml)) {
    if (/^ *- /.test(line)) {
      take()
      item = new Map()
    }
    for (const [key, value] of fieldsOf(line)) item.set(key, value)
  }
  take()
  return titles
}

export interface EffectiveKernel {
  /** The release whose fixes the running code has. */
  release: string
  /** The kernel it was computed for: it holds for no other. */
  original: { release: string | null; version: string | null }
  installed: string[]
}

/** /var/lib/uptrack/effective_kernel; null when it names no release. */
export function parseEffectiveKernel(yaml: string): EffectiveKernel | null {
  const sections = new Map<string, Map<string, string>>()
  const installed: string[] = []
  let section = ''
  for (const line of linesOf(yaml)) {
    section = /^(\w+):/.exec(line)?.[1] ?? section
    const fields = sections.get(section) ?? new Map<string, string>()
    sections.set(section, fields)
    for (const [key, value] of fieldsOf(line)) fields.set(key, value)
    if (section === 'Installed')
      installed.push(
        ...line
          .replace(/^Installed:/, '')
          .split(/[\s,'"[\]-]+/)
          .filter(isId),
      )
  }
  const field = (name: string, key: string): string | null =>
    clip(sections.get(name)?.get(key) ?? '', 128) || null
  const release = field('EffectiveKernel', 'Release')
  if (release === null) return null
  return {
    release,
    original: { release: field('OriginalKernel', 'Release'), version: field('OriginalKernel', 'Version') },
    installed: installed.slice(0, 2000),
  }
}

/** How many updates the client would install, as of its last check: `upgrade_plan`. Null when it is no plan. */
export const plannedInstalls = (yaml: string): number | null =>
  linesOf(yaml).some((line) => line.startsWith('Plan:'))
    ? linesOf(yaml).filter((line) => /Command: ?['"]?Install\b/.test(line)).length
    : null

/** When the client last asked, from its `status`: `Time`, which is UTC, as ISO 8601. */
export function parseCheckTime(yaml: string): string | null {
  const match = /^Time: ?['"]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/m.exec(yaml)
  const at = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
