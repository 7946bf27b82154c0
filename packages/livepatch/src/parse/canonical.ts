import type { ClientVerdict, PatchState } from '@graftwatch/contract/vocabulary'
import { clip } from './text.ts'

/**
 * What Canonical's livepatch client says of the running kernel, in both of its shapes: JSON with `Last-Check` and `CheckState`, and
 * the YAML of older clients with `last-check` and `checkState`. Source: its documentation and real output. Pure, never throws.
 */
export interface CanonicalStatus {
  /** `applied`, `nothing-to-apply` …: an open set, as the client prints it. */
  state: string
  /** Whether it reached its server: `checked`, `check-failed`, `needs-check`. */
  checkState: string
  /** `supported`, `kernel-end-of-life` …; null in clients that do not say. */
  supported: string | null
  /** Of the patch, such as `121.4`; null when none. */
  version: string | null
  /** When it last asked its server, ISO 8601. */
  lastCheck: string | null
  /** CVEs that it says are patched. */
  cves: string[]
}

/** Null for anything that tells nothing of a running kernel. */
export function parseCanonicalStatus(text: string): CanonicalStatus | null {
  return text.trimStart().startsWith('{') ? fromJson(text) : fromYaml(text)
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? clip(value, 128) : null

function fromJson(text: string): CanonicalStatus | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(parsed) || !Array.isArray(parsed.Status)) return null
  const entries = parsed.Status.filter(isObject)
  // One that does not say whether its kernel runs may be taken; one that says it does not is of another.
  const entry =
    entries.find(({ Running }) => Running === true) ?? entries.find(({ Running }) => Running === undefined)
  if (!entry || !isObject(entry.Livepatch)) return null
  const { State, CheckState, Version, Fixes } = entry.Livepatch
  const fixes = Array.isArray(Fixes) ? Fixes.filter(isObject) : []
  return {
    state: textOf(State) ?? 'unknown',
    checkState: textOf(CheckState) ?? 'unknown',
    supported: textOf(entry.Supported),
    version: textOf(Version),
    lastCheck: instantOf(textOf(parsed['Last-Check'])),
    cves: cvesIn(fixes.filter(({ Patched }) => Patched === true).map(({ Name }) => textOf(Name) ?? '')),
  }
}

function fromYaml(text: string): CanonicalStatus | null {
  const lines = text.split('\n').map((line) => line.slice(0, 1000).trim())
  const starts = lines.flatMap((line, index) => (line.startsWith('- ') ? [index] : []))
  const head = lines.slice(0, starts[0])
  const items = starts.map((start, index) => lines.slice(start, starts[index + 1]))
  const field = (part: readonly string[], name: string): string | null => {
    const line = part.find((one) => one.startsWith(`${name}:`) || one.startsWith(`- ${name}:`))
    return textOf(
      line
        ?.slice(line.indexOf(':') + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    )
  }
  const item =
    items.find((part) => field(part, 'running') === 'true') ??
    items.find((part) => field(part, 'running') === null)
  const state = item === undefined ? null : field(item, 'patchState')
  if (item === undefined || state === null) return null
  const fixes = item.filter((line) => line.startsWith('* ') && !line.includes('(unpatched)'))
  return {
    state,
    checkState: field(item, 'checkState') ?? 'unknown',
    supported: field(item, 'supported'),
    version: field(item, 'version'),
    lastCheck: instantOf(field(head, 'last-check')),
    cves: cvesIn(fixes),
  }
}

function instantOf(text: string | null): string | null {
  const at = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) || at < 0 || at > 4e12 ? null : new Date(at).toISOString()
}

function cvesIn(names: readonly string[]): string[] {
  const found = names.flatMap((name) => /cve-\d{4}-\d{4,9}\b/i.exec(name)?.[0].toUpperCase() ?? [])
  return [...new Set(found)].sort().slice(0, 4000)
}

/** What the client's words come to. With a failed check its state is old: that nothing is due is then not known. */
export function canonicalVerdict({ state, checkState, supported }: CanonicalStatus): ClientVerdict {
  if (state === 'kernel-upgrade-required' || supported === 'kernel-upgrade-required') return 'reboot-required'
  if (state === 'applied') return 'applied'
  if (state === 'apply-failed' || state === 'applied-with-bug') return 'failed'
  if (state === 'applying' || state === 'unapplied') return 'pending'
  if (supported === 'unsupported' || supported === 'kernel-end-of-life') return 'unsupported'
  return state === 'nothing-to-apply' && checkState === 'checked' ? 'none-due' : 'unknown'
}

/** The client's word as a claim on its patch; null where it makes none. */
export function canonicalClaim({ state }: CanonicalStatus): PatchState | null {
  if (state === 'applied') return 'applied'
  if (state === 'apply-failed' || state === 'applied-with-bug') return 'failed'
  return state === 'applying' || state === 'unapplied' ? 'pending' : null
}

/** Whether a module's name, `lkp_Ubuntu_6_8_0_1047_50_aws_121`, is of that version, `121.4`: names hold its first number. */
export function isOfVersion(module: string, version: string): boolean {
  const match = /^(?:lkp|livepatch)_Ubuntu_\w+_(\d{1,6})$/.exec(module)
  return match !== null && match[1] === /^\d+/.exec(version)?.[0]
}
