import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchLists } from '../debian-packages.ts'

export interface Programs {
  prometheus: string
  promtool: string
  /** Debian's reads a template at a fixed place, so one that is not installed runs with `root` as its root. */
  alertmanager: { command: [string, ...string[]]; root: string }
}

const packages = ['prometheus', 'prometheus-alertmanager']
const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`

/** The first of these names that is on the PATH. */
const found = (...names: string[]): string | undefined =>
  names
    .map((name) => spawnSync('which', [name], { encoding: 'utf8' }))
    .find(({ status }) => status === 0)
    ?.stdout.trim()

function fetchPrograms(folder: string): Programs {
  const root = join(folder, 'root')
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    // With the library it is linked to, for a root of its own.
    fetchLists(folder).unpack([...packages, 'libc6'], root)
    writeFileSync(join(folder, 'complete'), '')
  }
  const enter =
    process.getuid?.() === 0 ? (['chroot', root] as const) : (['unshare', '-r', '-R', root] as const)
  const [program, ...parameters] = enter
  return {
    prometheus: join(root, 'usr/bin/prometheus'),
    promtool: join(root, 'usr/bin/promtool'),
    alertmanager: { command: [program, ...parameters, '/usr/bin/prometheus-alertmanager'], root },
  }
}

/**
 * Prometheus and Alertmanager as this machine has them, or else as Debian does: unpacked into the folder, so that nothing is installed and
 * no service starts. Throws with what to install where neither is possible.
 */
export function findPrograms(folder: string): Programs {
  const [prometheus, promtool] = [found('prometheus'), found('promtool')]
  const alertmanager = found('prometheus-alertmanager', 'alertmanager')
  if (prometheus && promtool && alertmanager)
    return { prometheus, promtool, alertmanager: { command: [alertmanager], root: '/' } }
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version'))
    throw new Error(
      'The interop lane needs prometheus, promtool and alertmanager on the PATH. On Debian it fetches them by itself.',
    )
  try {
    return fetchPrograms(folder)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nOr install them: sudo ${install}`)
  }
}
