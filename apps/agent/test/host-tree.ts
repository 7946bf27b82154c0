import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type HostFiles, hostFiles, ReadFailure } from '../src/host-files.ts'

/** A small host in a temporary folder, for states that no capture shows. */
export interface HostTree {
  root: string
  /** Writes files and links by path, scripts as programs; null deletes one, with all below it; a path ending in `/` is a directory. */
  write(files: TreeFiles): void
  remove(): void
}

export type TreeFiles = Record<string, string | Uint8Array | { link: string } | null>

export function createTree(files: TreeFiles = {}): HostTree {
  const root = mkdtempSync(join(tmpdir(), 'graftwatch-host-'))
  const tree: HostTree = {
    root,
    write(changes) {
      for (const [path, content] of Object.entries(changes)) {
        const full = join(root, path)
        if (content === null) rmSync(full, { recursive: true, force: true })
        else if (path.endsWith('/')) mkdirSync(full, { recursive: true })
        else {
          mkdirSync(dirname(full), { recursive: true })
          if (typeof content === 'string' || content instanceof Uint8Array)
            writeFileSync(full, content, { mode: String(content).startsWith('#!') ? 0o755 : 0o644 })
          else {
            rmSync(full, { force: true })
            symlinkSync(content.link, full)
          }
        }
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
  tree.write({ ...quietHost, ...files })
  return tree
}

const quietHost = {
  'proc/stat': 'cpu 1 2 3\nbtime 1795422789\n',
  'proc/sys/kernel/random/boot_id': '526336d7-8775-45d4-a5d9-59b8186d0429\n',
  'proc/sys/kernel/osrelease': '6.1.0-56-amd64\n',
  'proc/sys/kernel/hostname': 'db-7\n',
  'sys/devices/system/cpu/possible': '0-3\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
}

/** The files of a tree, one directory of which is there and cannot be listed. */
export function unlisted(root: string, directory: string): HostFiles {
  const files = hostFiles(root)
  const failing =
    <T>(list: (path: string) => T) =>
    (path: string) =>
      path === directory ? new ReadFailure('EIO') : list(path)
  return { ...files, list: failing(files.list), listDirectories: failing(files.listDirectories) }
}

/** A patch `p` of one function of vmlinux. */
export const patch = (enabled: 0 | 1, transition: 0 | 1, name = 'p'): Record<string, string> => ({
  [`sys/kernel/livepatch/${name}/enabled`]: `${enabled}\n`,
  [`sys/kernel/livepatch/${name}/transition`]: `${transition}\n`,
  [`sys/kernel/livepatch/${name}/vmlinux/patched`]: '1\n',
  [`sys/kernel/livepatch/${name}/vmlinux/pipe_read,1/`]: '',
})

interface TaskFacts {
  pid?: number
  comm?: string
  state?: string
  kthread?: boolean
  /** Null: the file is not there for this reader. */
  patchState?: string | null
  /** kGraft's flag of the thread: 1 until it has migrated. */
  kgrInProgress?: '0' | '1'
  stack?: string
  threads?: number
  startTicks?: number
}

/** A thread, by default the only one of its process. */
export function task(tid: number, facts: TaskFacts): Record<string, string> {
  const { pid = tid, comm = 'worker', state = 'S', threads = 1, startTicks = 700 } = facts
  const flags = facts.kthread ? 2129984 : 4194560
  const stat = `${tid} (${comm}) ${state} 1 0 0 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 ${threads} 0 ${startTicks} 0\n`
  const path = `proc/${pid}/task/${tid}`
  return {
    [`${path}/stat`]: stat,
    [`${path}/comm`]: `${comm}\n`,
    ...(pid === tid ? { [`proc/${pid}/stat`]: stat } : {}),
    ...(facts.patchState == null ? {} : { [`${path}/patch_state`]: `${facts.patchState}\n` }),
    ...(facts.kgrInProgress ? { [`${path}/kgr_in_progress`]: `${facts.kgrInProgress}\n` } : {}),
    ...(facts.stack === undefined ? {} : { [`${path}/stack`]: facts.stack }),
  }
}
