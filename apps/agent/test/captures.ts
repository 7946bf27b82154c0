import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('captures/', import.meta.url))

/** Who read the files: root; root without CAP_SYS_PTRACE; an ordinary user. */
export const views = ['root', 'no-cap-sys-ptrace', 'nobody'] as const
export type View = (typeof views)[number]

/** One tree of files as one reader saw them at one moment of a real kernel's transition. */
export interface CapturedTree {
  capture: string
  label: string
  view: View
  root: string
}

/** The captures, unpacked into a temporary folder. */
export interface Captures {
  folder: string
  trees: CapturedTree[]
  remove(): void
}

/** Unpacks captures (all of them by default); the caller removes them. */
export function unpackCaptures(names: readonly string[] = captureNames): Captures {
  const unpacked = mkdtempSync(join(tmpdir(), 'graftwatch-captures-'))
  for (const name of names) execFileSync('tar', ['-xzf', join(folder, `${name}.tar.gz`), '-C', unpacked])
  const trees = names.flatMap((capture) =>
    readdirSync(join(unpacked, capture, 'snapshots'))
      .sort()
      .flatMap((label) =>
        views.map((view) => ({
          capture,
          label,
          view,
          root: join(unpacked, capture, 'snapshots', label, view),
        })),
      )
      .filter(({ root }) => existsSync(join(root, 'proc'))),
  )
  return { folder: unpacked, trees, remove: () => rmSync(unpacked, { recursive: true, force: true }) }
}

export const captureNames = readdirSync(folder)
  .filter((name) => name.endsWith('.tar.gz'))
  .map((name) => name.replace('.tar.gz', ''))
  .sort()

export const expectedFile = ({ capture, label, view }: CapturedTree): string =>
  join(folder, 'expected', `${capture}.${label}.${view}.json`)

/** Counted straight from the files, by other means than the agent's: what the kernel said of each thread. */
export function countThreads(root: string): Record<'-1' | '0' | '1' | 'none', number> {
  const count = { '-1': 0, '0': 0, '1': 0, none: 0 }
  for (const pid of readdirSync(join(root, 'proc')).filter((name) => /^\d+$/.test(name))) {
    for (const tid of readdirSync(join(root, 'proc', pid, 'task'))) {
      const file = join(root, 'proc', pid, 'task', tid, 'patch_state')
      count[existsSync(file) ? (readFileSync(file, 'utf8').trim() as '0') : 'none']++
    }
  }
  return count
}

/** Tasks and functions of the kernel's own debug messages: `klp_try_switch_task: COMM:PID is sleeping on function FN`. */
export function kernelVerdict(file: string): Map<number, { comm: string; functionName: string }> {
  const verdict = new Map<number, { comm: string; functionName: string }>()
  if (!existsSync(file)) return verdict
  const line = /klp_try_switch_task: (.+):(\d+) is sleeping on function (\S+)/g
  for (const [, comm = '', pid, functionName = ''] of readFileSync(file, 'utf8').matchAll(line)) {
    verdict.set(Number(pid), { comm, functionName })
  }
  return verdict
}
