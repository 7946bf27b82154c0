import type { AgentCapability } from '@graftwatch/contract/vocabulary'
import { capabilitiesOf } from './capabilities.ts'
import type { HostFiles } from './host-files.ts'

/** The agent that systemd runs here. `capabilities`: null when its status cannot be read. */
export interface RunningService {
  pid: string
  capabilities: AgentCapability[] | null
}

const unit = 'system.slice/graftwatch-agent.service/cgroup.procs'

/**
 * The service as it runs now, found through its control group, for who asks by hand: root reads everything, and so learns nothing
 * of what the service may. Null when it does not run. Never throws.
 */
export function runningService(files: HostFiles): RunningService | null {
  for (const hierarchy of ['sys/fs/cgroup', 'sys/fs/cgroup/systemd', 'sys/fs/cgroup/unified']) {
    const pid = files.text(`${hierarchy}/${unit}`, 4096)?.match(/^[1-9]\d*$/m)?.[0]
    if (pid !== undefined) return { pid, capabilities: capabilitiesOf(files, pid) }
  }
  return null
}
