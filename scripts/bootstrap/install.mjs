import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root, step, Trouble } from './step.mjs'

/** Installs exactly the lockfile, if what is installed is not that. */
export async function install(folder = root, runStep = step) {
  if (!needsInstall(folder)) return false
  const stamp = stampFile(folder)
  const before = lockfileHash(folder)
  rmSync(stamp, { force: true })
  const cache = temporaryCache()
  try {
    const { npm_execpath: script } = process.env
    const npm = script?.endsWith('.js') ? [process.execPath, script] : ['npm']
    // A production environment would leave out what builds the dashboard.
    const parameters = [
      ...npm.slice(1),
      'ci',
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    await runStep('installing packages (npm ci)', npm[0], parameters, {
      env: { ...process.env, ...(cache ? { npm_config_cache: cache } : {}) },
      failed: 'The packages could not be installed. Mend what npm says above and start again.',
    })
  } finally {
    if (cache) rmSync(cache, { recursive: true, force: true })
  }
  // npm goes on without an optional package that it could not fetch or write; ours are not that optional.
  const lacking = missing(folder)
  if (lacking.length > 0) {
    throw new Trouble(
      `npm left out ${lacking.slice(0, 3).join(', ')}. Check the disk and the network, and start again.`,
      '',
    )
  }
  writeFileSync(stamp, before)
  return true
}

export function needsInstall(folder = root) {
  const stamp = stampFile(folder)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfileHash(folder)) return false
  if (missing(folder).length > 0) return true
  writeFileSync(stamp, lockfileHash(folder))
  return false
}

const stampFile = (folder) => join(folder, 'node_modules', '.graftwatch-installed')

function lockfileHash(folder) {
  const machine = `${process.platform}-${process.arch}`
  return `${createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .update(machine)
    .digest('hex')}\n`
}

/** What the lockfile wants here and npm's own list, which it writes last, does not have. */
function missing(folder) {
  const list = join(folder, 'node_modules', '.package-lock.json')
  const want = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  const have = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')).packages : {}
  return Object.keys(want).filter((path) => {
    const entry = want[path]
    if (!path.includes('node_modules/') || entry.link) return false
    if (have[path]) return have[path].version !== entry.version
    return !entry.peer && (!(entry.optional || entry.devOptional) || isForThisMachine(entry))
  })
}

function isForThisMachine({ os, cpu, libc }) {
  return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch) && !libc)
}

/** A home that cannot be written has no place for npm's cache: it gets another one for this once. */
function temporaryCache() {
  const { npm_config_cache: configured } = process.env
  let folder = configured || join(homedir(), '.npm')
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  try {
    accessSync(folder, constants.W_OK)
    return undefined
  } catch {
    return mkdtempSync(join(tmpdir(), 'graftwatch-npm-'))
  }
}
