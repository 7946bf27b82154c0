import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A host's key, and the last sequence it used. */
export interface KeptHost {
  readonly hostKey: string
  readonly sequence: number
}

/** What a demo fleet keeps between runs. */
export interface DemoState {
  readonly version: 1
  /** When the demo's story began, in ms. */
  readonly epoch: number
  /** By host name. */
  readonly hosts: Record<string, KeptHost>
  /** Hosts that were removed on the server one by one and stay away. */
  readonly removed: readonly string[]
  /** True while the fleet's past is being written; found at a start, it was interrupted and has to be written anew. */
  readonly isPastUnfinished?: boolean
}

const fileOf = (stateDir: string) => join(stateDir, 'demo-hosts.json')

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isKept = (value: unknown): value is KeptHost =>
  isRecord(value) && typeof value.hostKey === 'string' && Number.isSafeInteger(value.sequence)

const isDemoState = (value: unknown): value is DemoState =>
  isRecord(value) &&
  value.version === 1 &&
  Number.isSafeInteger(value.epoch) &&
  isRecord(value.hosts) &&
  Object.values(value.hosts).every(isKept) &&
  Array.isArray(value.removed)

/** The kept state, or a new one that begins at `now`; a file that is missing or cannot be understood is a new demo. */
export const loadDemoState = (stateDir: string, now: number): DemoState => {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(stateDir), 'utf8'))
    if (isDemoState(value)) return value
  } catch (error) {
    const isExpected = error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!isExpected) throw error
  }
  return { version: 1, epoch: now, hosts: {}, removed: [] }
}

/** Whether there is a kept state; false when the next demo is a new one. */
export const hasDemoState = (stateDir: string): boolean => existsSync(fileOf(stateDir))

/** Replaces the file in one step; it holds keys, so only its owner may read it. */
export const saveDemoState = (stateDir: string, state: DemoState): void => {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const file = fileOf(stateDir)
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  // The mode above counts only for a new file; an abandoned one may have another.
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}

/** Forgets keys and story: the next demo is a new one. Safe to call twice. */
export const forgetDemoState = (stateDir: string): void => rmSync(fileOf(stateDir), { force: true })
