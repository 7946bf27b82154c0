import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages of Debian 12, unpacked into a folder and not installed. Its own lists: the machine's are left alone. */

const suites = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security bookworm-security main
`

/** A download or an unpacking that takes longer will not end. */
export const stepLimitMs = 240_000

/** What a program says. Throws with the end of what it complains of. */
export function run(
  program: string,
  parameters: string[],
  { cwd, input }: { cwd?: string; input?: string } = {},
): string {
  try {
    return execFileSync(program, parameters, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      timeout: stepLimitMs,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      ...(cwd === undefined ? {} : { cwd }),
      ...(input === undefined ? {} : { input }),
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(
      `${program} ${parameters.slice(0, 3).join(' ')} failed:\n${`${stdout ?? ''}${stderr ?? ''}`.slice(-2000) || error}`,
    )
  }
}

export interface DebianLists {
  /** What apt-get and apt-cache take to use them. */
  options: string[]
  /** Downloads these packages, by no other way than Debian's own servers, and unpacks them into `root`. */
  unpack(names: string[], root: string): void
}

/** The newest lists of Debian's packages, kept in `folder`. Needs no right but to write there. */
export function fetchLists(folder: string): DebianLists {
  const apt = join(folder, 'apt')
  const debs = join(apt, 'debs')
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(apt, part), { recursive: true })
  writeFileSync(join(apt, 'sources.list'), suites)
  const options = [
    ...['-o', `Dir::State::lists=${apt}/lists`, '-o', `Dir::Cache=${apt}/cache`],
    ...['-o', `Dir::Etc::sourcelist=${apt}/sources.list`, '-o', 'Dir::Etc::sourceparts=-'],
    ...['-o', 'Acquire::Languages=none', '-o', 'APT::Sandbox::User=root'],
  ]
  run('apt-get', [...options, 'update'])
  return {
    options,
    unpack(names, root) {
      for (const name of readdirSync(debs)) rmSync(join(debs, name))
      run('apt-get', [...options, 'download', ...names], { cwd: debs })
      for (const name of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, name), root])
    },
  }
}
