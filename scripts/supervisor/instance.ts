import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '@graftwatch/db'
import { errorCode, explainFileError } from '@graftwatch/db/problem'
import { endGroup, type Identity, identify, isStill } from './process.ts'

/** One start per data folder, and the names of its children, for the next one if this one is killed. */
export interface Instance {
  remember(children: Identity[]): void
  release(): void
}

interface Held extends Identity {
  url: string
  children: Identity[]
}

export async function takeInstance(
  dataDir: string,
  url: string,
  log: (line: string) => void,
): Promise<Instance> {
  const file = join(dataDir, 'instance.json')
  const own = identify(process.pid)
  if (!own) throw new OperatorError('This process cannot find itself in the process list. Is /proc mounted?')
  const held: Held = { ...own, url, children: [] }
  for (;;) {
    if (claim(file, held)) return instance(file, held)
    const text = read(file)
    if (text === undefined) continue
    const other = parse(text)
    if (other && isStill(other)) {
      throw new OperatorError(
        `Graftwatch already runs from ${dataDir} (process ${other.pid}, ${other.url}). Stop that one, or start a second one with its own GRAFTWATCH_DATA_DIR, API_PORT and WEB_PORT.`,
      )
    }
    if (!retire(file, text)) continue
    const left = (other?.children ?? []).filter(isStill)
    if (left.length > 0) log(`the last start was killed; ending the ${left.length} processes it left`)
    await Promise.all(left.map((child) => endGroup(child, 5_000)))
  }
}

/** Whether a living start holds this data folder. */
export function heldBy(dataDir: string): Held | undefined {
  const other = parse(read(join(dataDir, 'instance.json')) ?? '')
  return other && isStill(other) ? other : undefined
}

function instance(file: string, held: Held): Instance {
  return {
    remember(children) {
      held.children = children
      renameSync(draft(file, held), file)
    },
    release: () => rmSync(file, { force: true }),
  }
}

function claim(file: string, held: Held): boolean {
  const path = draft(file, held)
  try {
    linkSync(path, file)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw explainFileError(error, file)
  } finally {
    rmSync(path, { force: true })
  }
}

function draft(file: string, held: Held): string {
  const path = `${file}.${process.pid}`
  try {
    writeFileSync(path, `${JSON.stringify(held, null, 2)}\n`, { mode: 0o600 })
  } catch (error) {
    throw explainFileError(error, file)
  }
  return path
}

/** Takes a stale file away, unless another start did and already wrote its own. */
function retire(file: string, stale: string): boolean {
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return false
  }
  const isStale = read(aside) === stale
  if (!isStale) {
    try {
      linkSync(aside, file)
    } catch {
      // a third one was faster still
    }
  }
  rmSync(aside, { force: true })
  return isStale
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw explainFileError(error, file)
  }
}

function parse(text: string): Held | undefined {
  try {
    const { pid, started, url, children } = JSON.parse(text)
    return { pid, started, url, children: Array.isArray(children) ? children : [] }
  } catch {
    return undefined
  }
}
