import type { AgentCapability } from '@graftwatch/contract/vocabulary'
import type { HostFiles } from './host-files.ts'

/** Bits in the masks of proc/<pid>/status. Source: include/uapi/linux/capability.h. */
const bits: Record<AgentCapability, bigint> = {
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_SYSLOG: 34n,
}

/** All that the agent can use, in the order of the vocabulary. */
export const allCapabilities = Object.keys(bits) as AgentCapability[]

/** Those of ours that a process holds and may use now; null when its status cannot be read. Never throws. */
export function capabilitiesOf(files: HostFiles, pid: string): AgentCapability[] | null {
  const mask = files.text(`proc/${pid}/status`)?.match(/^CapEff:\s*([0-9a-f]{1,16})$/m)?.[1]
  if (mask === undefined) return null
  const held = BigInt(`0x${mask}`)
  return allCapabilities.filter((name) => (held >> bits[name]) & 1n)
}
