import type {
  AgentCapability,
  Direction,
  HostReport,
  ReportAttempt,
  ReportPatch,
  ReportSource,
} from '@graftwatch/contract'
import { mechanisms } from '@graftwatch/contract/vocabulary'
import type { HostProfile } from './host-profile.ts'
import { iso } from './instant.ts'
import type { KernelModel } from './kernel-model.ts'
import { reportPatch } from './patch.ts'
import { seededHex } from './random.ts'
import { reportBlocker } from './report-blocker.ts'
import { reportTransition } from './report-transition.ts'
import { stateHash } from './state-hash.ts'
import type { Task } from './task.ts'
import type { Transition } from './transition-engine.ts'

/** Tasks of an attempt that is over that a report may carry. */
const keptMax = 20

/** A mechanism that applies at once, as its source and its patches stand in a report. */
export interface AtomicMechanism {
  readonly source: ReportSource
  readonly patches: readonly ReportPatch[]
  /** The release whose fixes the running code has, in the client's account. */
  readonly effectiveRelease: string | null
}

export interface AgentOptions {
  readonly machineId: string
  readonly available?: HostReport['available']
  readonly reboot?: HostReport['reboot']
  /** The tasks in this agent's own pid namespace, in a container; absent: all of them. */
  readonly sees?: (task: Task) => boolean
  /** Beside the kernel's own sources, for instance what a vendor's client says of this kernel. */
  readonly extraSources?: (kernel: KernelModel) => readonly ReportSource[]
  /** Beside the kernel's own: Ksplice or KernelCare, which have no transition to model. */
  readonly atomic?: (kernel: KernelModel) => AtomicMechanism
  /** Reports its spool had to drop since it was installed; 0 unless given. */
  readonly dropped?: number
}

/** What the agent of this profile was not allowed; without it the rest can still be read. */
const missingCapabilities = ({ agentLevel, kernelLogReadable }: HostProfile): AgentCapability[] => [
  ...(agentLevel === 'progress' ? (['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'] as const) : []),
  ...(kernelLogReadable ? [] : (['CAP_SYSLOG'] as const)),
]

/**
 * The agent of one simulated host: turns the kernel model into the report a real agent would send. It keeps what a real one
 * keeps between readings: its sequence, the events not yet acknowledged, and the direction it has seen once.
 */
export class AgentModel {
  sequence = 0
  readonly #kernel: KernelModel
  readonly #options: AgentOptions
  #acknowledgedEvent = 0
  #reportedEvent = 0
  #observedAttempts: ReportAttempt[] = []
  #bootId: string
  #seen: { transition: Transition; target: number; at: number; readings: number } | null = null

  constructor(kernel: KernelModel, options: AgentOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#bootId = kernel.bootId
  }

  /** True while the kernel log holds something no acknowledged report has told. */
  get hasNews(): boolean {
    const last = this.#kernel.events.at(-1)?.number ?? 0
    return this.#kernel.profile.kernelLogReadable && last > this.#acknowledgedEvent
  }

  /** Reads the kernel as it is now. Each call is one reading and takes one sequence number. */
  report(): HostReport {
    const kernel = this.#kernel
    const { profile } = kernel
    this.sequence += 1
    this.#notice()
    const atomic = this.#options.atomic?.(kernel)
    const report: HostReport = {
      reportVersion: 1,
      sequence: this.sequence,
      collectedAt: iso(kernel.now),
      agent: {
        version: '0.1.0',
        runtime: 'node 24.21.0',
        level: profile.agentLevel,
        dropped: this.#options.dropped ?? 0,
        missingCapabilities: missingCapabilities(profile),
      },
      host: {
        machineId: this.#options.machineId,
        hostname: profile.hostname,
        os: { ...profile.os },
        architecture: profile.architecture,
        labels: { ...profile.labels },
      },
      kernel: {
        release: kernel.uname,
        version: profile.kernelVersion,
        bootId: kernel.bootId,
        bootedAt: iso(kernel.bootedAt),
        taint: kernel.taint,
        livepatchTaint: (kernel.taint & 32768) !== 0,
        effectiveRelease: atomic?.effectiveRelease ?? null,
      },
      sources: this.#sources(atomic),
      patches: [...this.#patches(), ...(atomic?.patches ?? [])],
      transition:
        kernel.transition === null
          ? null
          : reportTransition(kernel, kernel.transition, {
              direction: this.#direction(),
              seenAt: this.#seen?.at ?? kernel.now,
              sees: this.#options.sees ?? null,
            }),
      available: [...(this.#options.available ?? [])],
      reboot: this.#options.reboot ?? {
        pending: false,
        reason: null,
        installedKernel: profile.kernelRelease,
        fixesLost: null,
      },
      attempts: this.#attempts(),
      events: this.#events(),
    }
    report.stateHash = stateHash(report)
    return report
  }

  /** The last report was stored; its events are not sent again. */
  acknowledge(): void {
    this.#acknowledgedEvent = this.#reportedEvent
  }

  #notice(): void {
    const { transition, now, bootId } = this.#kernel
    if (bootId !== this.#bootId) {
      this.#bootId = bootId
      this.#seen = null
      this.#observedAttempts = []
    }
    if (this.#seen !== null && this.#seen.transition !== transition) {
      this.#endObserved(this.#seen.transition)
      this.#seen = null
    }
    if (transition === null) return
    if (this.#seen === null) {
      this.#seen = { transition, target: transition.target, at: now, readings: 1 }
      this.#observedAttempts.push({
        patch: transition.patch.spec.name,
        direction: null,
        startedAt: iso(now),
        endedAt: null,
        outcome: null,
      })
    } else if (this.#seen.target === transition.target) this.#seen.readings += 1
    else this.#seen = { ...this.#seen, target: transition.target, readings: 1 }
  }

  /** Two readings tell that a transition is over, and the patch's own state tells how it ended. */
  #endObserved(transition: Transition): void {
    const attempt = this.#observedAttempts.at(-1)
    if (attempt === undefined) return
    attempt.endedAt = iso(this.#kernel.now)
    attempt.outcome = transition.isReversed ? 'reversed' : 'completed'
  }

  #sources(atomic: AtomicMechanism | undefined): ReportSource[] {
    const kernel = this.#kernel
    const { profile } = kernel
    const durationMs = 1 + (this.sequence % 3)
    const { mechanism = 'klp' } = profile
    const own: ReportSource = profile.supportsLivepatch
      ? {
          name: mechanism,
          status: 'ok',
          durationMs,
          claims: kernel.patches
            .filter((patch) => !patch.leftover)
            .map((patch) => {
              const inTransition = kernel.transition?.patch === patch
              return {
                patch: patch.spec.name,
                state: inTransition ? 'pending' : patch.enabled ? 'applied' : 'disabled',
                raw: rawOf(mechanism, patch, kernel.transition),
              }
            }),
        }
      : { name: mechanism, status: 'absent', durationMs: 0 }
    const log: ReportSource = profile.kernelLogReadable
      ? { name: 'kernel-log', status: 'ok', durationMs: 0 }
      : {
          name: 'kernel-log',
          status: 'failed',
          reason: 'EPERM: reading the kernel log needs CAP_SYSLOG',
          durationMs: 0,
        }
    const found = [own, ...(atomic ? [atomic.source] : [])]
    const all = mechanisms.map(
      (name) =>
        found.find((source) => source.name === name) ?? { name, status: 'absent' as const, durationMs: 0 },
    )
    return [...all, log, ...(this.#options.extraSources?.(kernel) ?? [])]
  }

  #patches(): HostReport['patches'] {
    const { patches, transition, generation, profile } = this.#kernel
    const direction = this.#direction()
    let stackOrder = 0
    return patches.map((patch) =>
      reportPatch(patch, {
        mechanism: profile.mechanism ?? 'klp',
        manager: profile.manager,
        inTransition: transition?.patch === patch,
        direction,
        anyTransition: transition !== null,
        stackOrder: patch.enabled ? ++stackOrder : 0,
        // kGraft tells of each function whether it is patched.
        features: profile.mechanism === 'kgraft' ? { ...generation, showsPatched: true } : generation,
        kernelLogReadable: profile.kernelLogReadable,
      }),
    )
  }

  #direction(): Direction | null {
    const { transition, profile } = this.#kernel
    // One reading can lie at the edge of a transition, where enabled and the tasks contradict; the log does not.
    const isConfirmed = profile.kernelLogReadable || (this.#seen?.readings ?? 0) >= 2
    if (transition === null || !isConfirmed) return null
    return transition.target === 1 ? 'patching' : 'unpatching'
  }

  #attempts(): ReportAttempt[] {
    const { attempts, profile } = this.#kernel
    if (!profile.kernelLogReadable) return this.#observedAttempts.slice(-8).map((attempt) => ({ ...attempt }))
    return attempts.slice(-8).map((attempt) => ({
      patch: attempt.patch,
      direction: attempt.direction,
      startedAt: iso(attempt.startedAt),
      endedAt: attempt.endedAt === null ? null : iso(attempt.endedAt),
      outcome: attempt.outcome,
      ...(attempt.outcome !== null &&
        attempt.outcome !== 'completed' &&
        attempt.blockers.length > 0 && {
          blocking: attempt.blockers.slice(0, keptMax).map((task) => reportBlocker(task, this.#kernel)),
        }),
    }))
  }

  #events(): HostReport['events'] {
    this.#reportedEvent = this.#kernel.events.at(-1)?.number ?? 0
    if (!this.#kernel.profile.kernelLogReadable) return []
    return this.#kernel.events
      .filter((event) => event.number > this.#acknowledgedEvent)
      .map((event) => ({ at: iso(event.at), kind: event.kind, patch: event.patch, source: 'kernel-log' }))
  }
}

/** What the mechanism's own files read. */
function rawOf(
  mechanism: 'klp' | 'kgraft',
  patch: KernelModel['patches'][number],
  transition: KernelModel['transition'],
): string {
  const isMoving = transition?.patch === patch
  if (mechanism === 'klp') return `enabled=${Number(patch.enabled)} transition=${Number(isMoving)}`
  const word = isMoving ? (patch.enabled ? 'applying' : 'reverting') : patch.enabled ? 'applied' : 'reverted'
  const functions = patch.spec.objects.flatMap((object) => object.functions).length
  return `in_progress=${Number(transition !== null)} functions: ${functions} ${word}`
}

/** A machine id that stays the same for this host name and seed. */
export const machineIdOf = (seed: string, hostname: string): string => seededHex(`${seed}/${hostname}`, 32)
