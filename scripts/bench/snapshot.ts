import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const bundle = fileURLToPath(new URL('../../apps/agent/dist/graftwatch-agent.mjs', import.meta.url))

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
    put(`${folder}/stat`, `${tid} (worker-${pid}) S 1 0 0 0 -1 4194368 0 0 0 0 0 0 0 0 20 0 1 0 799 0 0 0\n`)
    if (tid === pid) cpSync(join(root, folder, 'stat'), join(root, `proc/${pid}/stat`))
  }
}

/** Milliseconds of one snapshot of `tasks` threads by the shipped bundle: median of `runs`, without the start of Node. */
export async function measureSnapshot(
  tasks: number,
  runs = 7,
): Promise<{ medianMs: number; remaining: number }> {
  const root = mkdtempSync(join(tmpdir(), 'graftwatch-host-'))
  try {
    writeHost(root, tasks)
    const took: number[] = []
    let remaining = -1
    for (let run = 0; run < runs; run += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, [bundle, 'snapshot', '--root', root], {
        maxBuffer: 2 ** 26,
      })
      const report = JSON.parse(stdout)
      remaining = report.transition.tasks.remaining
      took.push(report.sources.find((source: { name: string }) => source.name === 'klp').durationMs)
    }
    took.sort((a, b) => a - b)
    return { medianMs: took[Math.floor(runs / 2)] ?? Number.NaN, remaining }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Size of the shipped agent, in kB. */
export const agentSizeKb = (): number => readFileSync(bundle).length / 1000
