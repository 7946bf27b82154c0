import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * This machine as a place to install packages in, with all changes in a folder of its own: an overlay over `/`, seen through a
 * chroot from a mount namespace that ends with each command. Nothing is written to the machine itself.
 */
export interface ThrowawayHost {
  /** Runs a shell command there to its end. */
  run(command: string): Promise<{ code: number | null; output: string }>
  /** Regular files that differ from the machine's, sorted. */
  changed(): string[]
  /** The folder with the changes, to put files into. */
  upper: string
  remove(): void
}

const enter = `mount -t overlay overlay -o "lowerdir=/,upperdir=$1,workdir=$2" "$3" &&
mount --bind /proc "$3/proc" && mount --bind /dev "$3/dev" && mount --bind /sys "$3/sys" &&
exec chroot "$3" /bin/sh -c "$4" </dev/null`

export function throwawayHost(): ThrowawayHost {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-throwaway-'))
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [upper, work, merged]) mkdirSync(path)
  return {
    upper,
    run(command) {
      const parameters = ['--mount', 'sh', '-c', enter, 'sh', upper, work, merged, command]
      const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
      return new Promise((done) => {
        const child = execFile('unshare', parameters, { env, maxBuffer: 1e7 }, (_error, stdout, stderr) =>
          done({ code: child.exitCode, output: stdout + stderr }),
        )
      })
    },
    changed: () =>
      readdirSync(upper, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => join(entry.parentPath, entry.name).slice(upper.length))
        .sort(),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Null where it can be made; else why not, for the name of what is then skipped. */
export function noThrowawayHost(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  const host = mkdtempSync(join(tmpdir(), 'graftwatch-throwaway-'))
  const paths = ['u', 'w', 'm'].map((name) => join(host, name))
  for (const path of paths) mkdirSync(path)
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', enter, 'sh', ...paths, 'true'])
  rmSync(host, { recursive: true })
  return status === 0 ? null : 'needs an overlay file system'
}

export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).status === 0
