import { type HostFiles, hostFiles, ReadFailure } from '../host-files.ts'
import { kernelLogFailure } from '../sources/kernel-log.ts'
import { livepatchDirectory } from '../sources/klp-patches.ts'

interface Finding {
  what: string
  /** Null when it can be read; else how that failed. */
  failure: string | null
  /** What is missing from reports without it. */
  cost: string
  /** Capabilities that grant it; [] when no privilege would. */
  capabilities: string[]
}

/**
 * Prints what can and cannot be read here, which privilege is missing, what that costs and the line that grants it. Returns
 * the exit code: 0 when everything can be read, 1 when something is missing. Reads only.
 */
export function doctor(options: { root?: string | undefined }, print: (text: string) => void): number {
  const root = options.root ?? '/'
  const files = hostFiles(root)
  if (!files.exists('proc/stat')) {
    print(
      root === '/'
        ? `This is ${process.platform} without /proc; the agent reads live-patch state on Linux only.\n`
        : `${root} holds no proc/, so there is nothing to examine.\n`,
    )
    return 1
  }
  const findings = examine(files)
  const width = Math.max(...findings.map(({ what }) => what.length))
  for (const { what, failure, cost } of findings) {
    print(
      `${failure === null ? 'ok      ' : 'missing '} ${what.padEnd(width)}  ${failure === null ? '' : `${failure}: ${cost}`}`.trimEnd(),
    )
    print('\n')
  }
  const missing = findings.filter(({ failure }) => failure !== null)
  const capabilities = [...new Set(missing.flatMap((finding) => finding.capabilities))]
  if (capabilities.length > 0) print(grant(capabilities))
  return missing.length === 0 ? 0 : 1
}

/** Root in a container or a sandbox can lack what root on a host has; "run as root" would then be no help. */
const grant = (capabilities: readonly string[]): string => `
To grant what is missing, ${process.getuid?.() === 0 ? 'run outside of the container or sandbox that takes it from root' : 'run as root'}, or add this with \`systemctl edit graftwatch-agent\`:

  [Service]
  AmbientCapabilities=${capabilities.join(' ')}
`

function examine(files: HostFiles): Finding[] {
  const other = otherTask(files)
  const find = (
    what: string,
    failure: string | null,
    cost: string,
    capabilities: string[] = [],
  ): Finding => ({
    what,
    failure,
    cost,
    capabilities,
  })
  const failed = (path: string): string | null => {
    const text = files.read(path, 4096)
    return text instanceof ReadFailure ? text.code : null
  }
  const logFailure = kernelLogFailure(files)
  return [
    find('patches (/sys/kernel/livepatch)', livepatchFailure(files), 'nothing can be said of patches'),
    find(
      'tasks of other users (/proc/<pid>)',
      other === null ? 'none listed' : failed(`proc/${other}/stat`),
      'a transition shows only a part of its tasks',
      ['CAP_SYS_PTRACE'],
    ),
    find(
      'universe of tasks (patch_state)',
      other === null ? 'none listed' : patchStateFailure(files, other),
      'a transition is reported without counts, and judged by its age alone',
      ['CAP_DAC_READ_SEARCH'],
    ),
    find(
      'kernel stacks (stack)',
      other === null ? 'none listed' : failed(`proc/${other}/stack`),
      'blocking tasks are named, but not the function that holds them',
      ['CAP_DAC_READ_SEARCH', 'CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'],
    ),
    find(
      'kernel log (/dev/kmsg)',
      logFailure,
      'start times are those of the first reading, and a forced transition is not seen',
      logFailure === 'ENOENT' ? [] : ['CAP_SYSLOG'],
    ),
  ]
}

/** A process whose files belong to somebody else in all likelihood. */
const otherTask = (files: HostFiles): string | null =>
  ['1', '2'].find((pid) => files.exists(`proc/${pid}/stat`)) ?? null

function livepatchFailure(files: HostFiles): string | null {
  if (!files.exists('sys/kernel')) return 'no sysfs here, as in many containers'
  const names = files.list(livepatchDirectory)
  if (!(names instanceof ReadFailure)) return null
  return names.isGone ? 'this kernel has no livepatch support' : names.code
}

/** A kernel without livepatch support has no such file for anybody, which is no matter of rights. */
function patchStateFailure(files: HostFiles, pid: string): string | null {
  const text = files.read(`proc/${pid}/patch_state`, 16)
  if (!(text instanceof ReadFailure)) return null
  return files.exists(livepatchDirectory) ? text.code : null
}
