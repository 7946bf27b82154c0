import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The shipped file. */
export const agentBundle = fileURLToPath(
  new URL('../../apps/agent/dist/graftwatch-agent.mjs', import.meta.url),
)

/** A host tree with a running transition and `tasks` threads in processes of 50, shaped as the kernel's files are. */
function writeHost(root: string, tasks: number): void {
  const put = (path: string, text: string) => {
    const full = join(root, path)
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, text)
  }
  put('proc/sys/kernel/random/boot_id', '526336d7-8775-45d4-a5d9-59b8186d0429\n')
  put('proc/sys/kernel/osrelease', '6.1.0-56-cloud-amd64\n')
  put('proc/sys/kernel/hostname', 'bench\n')
  put('proc/stat', 'btime 1795420000\n')
  put('sys/devices/system/cpu/possible', '0-63\n')
  put('sys/kernel/livepatch/livepatch_1/enabled', '1\n')
  put('sys/kernel/livepatch/livepatch_1/transition', '1\n')
  put('sys/kernel/livepatch/livepatch_1/vmlinux/patched', '1\n')
  mkdirSync(join(root, 'sys/kernel/livepatch/livepatch_1/vmlinux/__x64_sys_vfork,1'), { recursive: true })
  for (let tid = 1000; tid < 1000 + tasks; tid += 1) {
    const pid = tid - (tid % 50)
    const folder = `proc/${pid}/task/${tid}`
    put(`${folder}/patch_state`, tid % 5000 === 0 ? '0\n' : '1\n')
    put(`${folder}/stat`, `${tid} (worker-${pid}) S 1 0 0 0 -1 4194368 0 0 0 0 0 0 0 0 20 0 50 0 799 0 0 0\n`)
    put(`${folder}/comm`, `worker-${pid}\n`)
    if (tid === pid) cpSync(join(root, folder), join(root, `proc/${pid}`), { recursive: true })
  }
}

async function wallMs(args: string[]): Promise<{ ms: number; stdout: string }> {
  const begun = performance.now()
  const { stdout } = await promisify(execFile)(process.execPath, [agentBundle, ...args], {
    maxBuffer: 2 ** 26,
  })
  return { ms: performance.now() - begun, stdout }
}

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/**
 * Milliseconds the shipped bundle needs for one snapshot of `tasks` threads: the whole process, less the same process printing
 * its version. The static tree is read twice, as the protocol of two samples asks. Throws when the count is not what was written.
 */
export async function measureSnapshot(tasks: number, runs = 9): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'graftwatch-host-'))
  try {
    writeHost(root, tasks)
    const snapshots: number[] = []
    const starts: number[] = []
    for (let run = 0; run < runs; run += 1) {
      starts.push((await wallMs(['--version'])).ms)
      const { ms, stdout } = await wallMs(['snapshot', '--root', root])
      const counted = JSON.parse(stdout).transition.tasks.total
      if (counted !== tasks) throw new Error(`the snapshot counted ${counted} of ${tasks} tasks`)
      snapshots.push(ms)
    }
    return median(snapshots) - median(starts)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Size of the shipped agent, in kB. */
export const agentSizeKb = (): number => readFileSync(agentBundle).length / 1000

/** How one counting of all tasks went, without the start of the process. */
export interface ScanCost {
  /** The first of a transition, which reads the names of all threads; milliseconds, in a process that has just started. */
  firstMs: number
  /** Of those after it, median. */
  ms: number
  /** Processor time of it, median: what it costs where nothing else wants the processor. */
  cpuMs: number
  /** The longest that timers had to wait for it, over all runs; milliseconds. */
  longestStallMs: number
}

/** Mounts the tree's proc over /proc in a mount namespace of its own, so that files are read at their own paths; needs root. */
const overProc = 'mount --bind "$1/proc" /proc && shift && exec "$@"'
const mayMount = (root: string): boolean =>
  spawnSync('unshare', ['-m', 'sh', '-c', overProc, 'sh', root, 'true']).status === 0

/**
 * Counts `tasks` threads in processes of 50 with the agent's own scan. The files lie in memory, as those of /proc do. With root
 * they are mounted over /proc; else they are read in a copied tree (`isCopy`), where links are resolved as in a chroot: about
 * twice the work a file. Throws when a count is wrong.
 */
export async function measureScan(tasks: number, runs = 9): Promise<ScanCost & { isCopy: boolean }> {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'graftwatch-host-'))
  try {
    writeHost(root, tasks)
    const script = fileURLToPath(new URL('./scan.ts', import.meta.url))
    const isCopy = !mayMount(root)
    const scan = (place: string) => [process.execPath, script, place, String(tasks), String(runs)]
    const [program = '', ...args] = isCopy
      ? scan(root)
      : ['unshare', '-m', 'sh', '-c', overProc, 'sh', root, ...scan('/')]
    const { stdout } = await promisify(execFile)(program, args)
    return { ...(JSON.parse(stdout) as ScanCost), isCopy }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
