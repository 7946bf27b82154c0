import type { HostReport } from '@graftwatch/contract'
import { AgentModel, type AgentOptions, machineIdOf } from './agent-model.ts'
import type { HostProfile } from './host-profile.ts'
import { KernelModel } from './kernel-model.ts'
import { seededRandom } from './random.ts'

/** Something that happens on a host, `at` seconds after its chapter began; below 0 only in the first chapter. */
export interface Step {
  readonly at: number
  readonly do: (kernel: KernelModel) => void
}

/** One boot of a scene's host. Every chapter but the first begins with the reboot. */
export interface Chapter {
  readonly lengthSeconds: number
  readonly steps: readonly Step[]
}

/** A host of a scene: what it is and what happens on it. */
export interface SceneHost {
  readonly profile: HostProfile
  readonly agent?: Omit<AgentOptions, 'machineId'>
  readonly idleRounds?: number
  readonly firstRetryMs?: number
  /** How long the host had at least been up when the demo began; some hours are added, so that no two booted together. */
  readonly upSecondsBefore: number
  readonly first: Chapter
  /** Repeats for ever after `first`; absent: `first` never ends. */
  readonly loop?: Chapter & { readonly downSeconds: number }
}

/** A simulated host: its kernel, its agent, and the story that moves them. */
export class SimulatedHost {
  readonly hostname: string
  readonly machineId: string
  readonly labels: Readonly<Record<string, string>>
  readonly kernel: KernelModel
  readonly agent: AgentModel
  readonly #scene: SceneHost
  #chapterStart: number
  #steps: Step[]
  #chapterEnd: number

  /**
   * `epoch`: when the demo began, in ms. `now`: a later instant enters the story where it then is, so that a demo that was
   * stopped for days goes on without playing them all.
   */
  constructor(
    scene: SceneHost,
    options: { readonly epoch: number; readonly now?: number; readonly seed: string },
  ) {
    const { profile, first, loop } = scene
    this.#scene = scene
    this.hostname = profile.hostname
    this.machineId = machineIdOf(options.seed, profile.hostname)
    this.labels = profile.labels
    const loopsDone = loop === undefined ? 0 : loopsBefore(options, first, loop)
    const isFirst = loopsDone === 0
    this.#chapterStart = isFirst
      ? options.epoch
      : options.epoch + (first.lengthSeconds + (loopsDone - 1) * (loop?.lengthSeconds ?? 0)) * 1_000
    this.kernel = new KernelModel({
      profile,
      seed: `${options.seed}/${profile.hostname}/${options.epoch}`,
      bootedAt: isFirst
        ? options.epoch - scene.upSecondsBefore * 1_000 - bootOffsetMs(options.seed, profile.hostname)
        : this.#chapterStart,
      bootNumber: Math.max(0, loopsDone - 1),
      ...(scene.idleRounds === undefined ? {} : { idleRounds: scene.idleRounds }),
      ...(scene.firstRetryMs === undefined ? {} : { firstRetryMs: scene.firstRetryMs }),
    })
    this.agent = new AgentModel(this.kernel, { ...scene.agent, machineId: this.machineId })
    this.#steps = [...first.steps]
    this.#chapterEnd =
      loop === undefined ? Number.POSITIVE_INFINITY : options.epoch + first.lengthSeconds * 1_000
    if (!isFirst) this.#beginLoop()
    this.advanceTo(options.now ?? options.epoch)
  }

  /** Plays the story up to `now` (ms). Going back changes nothing. */
  advanceTo(now: number): void {
    for (;;) {
      const step = this.#steps[0]
      const stepAt = step === undefined ? Number.POSITIVE_INFINITY : this.#chapterStart + step.at * 1_000
      const next = Math.min(stepAt, this.#chapterEnd)
      if (next > now) break
      this.#moveTo(next)
      if (next === this.#chapterEnd) {
        this.#chapterStart = this.#chapterEnd
        this.#beginLoop()
      } else {
        this.#steps.shift()
        step?.do(this.kernel)
      }
    }
    this.#moveTo(now)
  }

  /** The report the agent would send at `now` (ms), or null while the host is down. */
  report(now: number): HostReport | null {
    this.advanceTo(now)
    return this.kernel.isUp ? this.agent.report() : null
  }

  #moveTo(at: number): void {
    if (at > this.kernel.now) this.kernel.advance((at - this.kernel.now) / 1_000)
  }

  #beginLoop(): void {
    const { loop } = this.#scene
    if (loop === undefined) return
    this.kernel.reboot(loop.downSeconds)
    this.#steps = [...loop.steps]
    this.#chapterEnd = this.#chapterStart + loop.lengthSeconds * 1_000
  }
}

const bootOffsetMs = (seed: string, hostname: string): number =>
  Math.floor(seededRandom(`${seed}/${hostname}/booted`)() * 20 * 3_600_000)

/** Which chapter `now` is in: 0 is the first, 1 the first round of the loop, and so on. */
const loopsBefore = (
  options: { readonly epoch: number; readonly now?: number },
  first: Chapter,
  loop: Chapter,
): number => {
  const seconds = ((options.now ?? options.epoch) - options.epoch) / 1_000
  if (seconds < first.lengthSeconds) return 0
  return 1 + Math.floor((seconds - first.lengthSeconds) / loop.lengthSeconds)
}
