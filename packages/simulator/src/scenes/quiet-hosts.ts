import type { AgentOptions } from '../agent-model.ts'
import type { HostProfile } from '../host-profile.ts'
import type { PatchSpec } from '../patch.ts'
import { populate } from '../populations.ts'
import type { Gap, SceneHost, Step } from '../simulated-host.ts'
import type { ProcessSpec } from '../task.ts'
import type { platforms } from './distributions.ts'
import { days, demoLabels } from './scene.ts'

/** A group of hosts on which nothing moves any more. */
export interface Quiet {
  readonly names: readonly string[]
  readonly platform: (typeof platforms)[keyof typeof platforms]
  readonly labels: readonly [env: string, team: string]
  readonly more?: Readonly<Record<string, string>>
  /** Of the demo, on each host; `background` unless given. */
  readonly scene?: string
  /** Enabled since the boot; null: none. */
  readonly patch: PatchSpec | null
  /** What happens after that, on the host of this number within its group. */
  readonly steps?: (index: number) => readonly Step[]
  readonly quiet?: (index: number) => readonly Gap[]
  /** Beside what every machine runs, and `process`. */
  readonly workload?: readonly ProcessSpec[]
  readonly process: string
  readonly cpus: number
  readonly upDays: number
  readonly agent?: Omit<AgentOptions, 'machineId'>
  readonly profile?: Partial<HostProfile>
}

const quietHost = (group: Quiet, hostname: string, index: number): SceneHost => {
  const { platform, patch, process, cpus } = group
  const upSecondsBefore = days(group.upDays)
  const fromBoot = (spec: PatchSpec): Step => ({
    at: 40 - upSecondsBefore,
    do: (kernel) => kernel.startWith(spec),
  })
  return {
    profile: {
      ...platform,
      hostname,
      labels: demoLabels(group.scene ?? 'background', ...group.labels, group.more),
      cpus,
      processes: populate({
        cpus,
        total: 120 + cpus * 8,
        workload: group.workload ?? [],
        filler: { comm: process, unit: `${process}.service` },
      }),
      ...group.profile,
    },
    ...(group.agent === undefined ? {} : { agent: group.agent }),
    ...(group.quiet === undefined ? {} : { quiet: group.quiet(index) }),
    upSecondsBefore,
    first: {
      lengthSeconds: 0,
      steps: [...(patch === null ? [] : [fromBoot(patch)]), ...(group.steps?.(index) ?? [])],
    },
  }
}

export const quietHosts = (group: Quiet): SceneHost[] =>
  group.names.map((hostname, index) => quietHost(group, hostname, index))
