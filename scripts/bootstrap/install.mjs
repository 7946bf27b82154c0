import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root, step } from './step.mjs'

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
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  writeFileSync(stamp, before)
  return true
}

export function needsInstall(folder = root) {
  const stamp = stampFile(folder)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfileHash(folder)) return false
  if (!installedByHand(folder)) return true
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

/** npm writes its own list last, so a list that agrees with the lockfile means a whole tree. */
function installedByHand(folder) {
  const list = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(list)) return false
  const have = JSON.parse(readFileSync(list, 'utf8')).packages
  const want = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  return Object.entries(want).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return true
    if (have[path]) return have[path].version === entry.version
    return entry.peer === true || ((entry.optional || entry.devOptional) && !isForThisMachine(entry))
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
