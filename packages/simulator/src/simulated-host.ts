import type { HostReport } from '@graftwatch/contract'
import { AgentModel, type AgentOptions, machineIdOf } from './agent-model.ts'
import type { HostProfile } from './host-profile.ts'
import { KernelModel } from './kernel-model.ts'
import { seededRandom } from './random.ts'

/** Something that happens on a host, `at` seconds after its chapter began; below 0 only in the first chapter. */
export interface Step {
  readonly at: number
  readonly do: (kernel: KernelModel) => void
  /** What it does is a reboot; boots are counted through the whole story. */
  readonly isReboot?: true
}

/** A time in which a host says nothing although it runs; seconds after the demo began. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** Something that happens again and again, as what a timer starts does: at `at`, and then every `everySeconds`. */
export interface Recurrence extends Step {
  readonly everySeconds: number
}

/** One boot of a scene's host. Every chapter but the first begins with the reboot. */
export interface Chapter {
  readonly lengthSeconds: number
  readonly steps: readonly Step[]
  readonly again?: Recurrence
}

/** A host of a scene: what it is and what happens on it. */
export interface SceneHost {
  readonly profile: HostProfile
  readonly agent?: Omit<AgentOptions, 'machineId'>
  readonly idleRounds?: number
  readonly firstRetryMs?: number
  /** The host whose kernel this one runs on, for a system container; its story and processes must be the same. */
  readonly kernelOf?: string
  /** When the host says nothing, in order; the last may have no end. */
  readonly quiet?: readonly Gap[]
  /** How long the host had at least been up when the demo began; some hours are added, so that no two booted together. */
  readonly upSecondsBefore: number
  /** Given as a function where the hour of day matters: `epoch` is when the demo began, in ms. */
  readonly first: Chapter | ((epoch: number) => Chapter)
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
  readonly #quiet: readonly Gap[]
  readonly #epoch: number
  #chapterStart: number
  #steps: Step[]
  #again: Recurrence | null
  #chapterEnd: number

  /**
   * `epoch`: when the demo began, in ms. `now`: a later instant enters the story where it then is, so that a demo that was
   * stopped for days goes on without playing them all.
   */
  constructor(
    scene: SceneHost,
    options: { readonly epoch: number; readonly now?: number; readonly seed: string },
  ) {
    const { profile, loop } = scene
    const first = typeof scene.first === 'function' ? scene.first(options.epoch) : scene.first
    const kernelName = scene.kernelOf ?? profile.hostname
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
      seed: `${options.seed}/${kernelName}/${options.epoch}`,
      bootedAt: isFirst
        ? options.epoch - scene.upSecondsBefore * 1_000 - bootOffsetMs(options.seed, kernelName)
        : this.#chapterStart,
      bootNumber: isFirst ? 0 : loopsDone - 1 + first.steps.filter(({ isReboot }) => isReboot).length,
      ...(scene.idleRounds === undefined ? {} : { idleRounds: scene.idleRounds }),
      ...(scene.firstRetryMs === undefined ? {} : { firstRetryMs: scene.firstRetryMs }),
    })
    this.agent = new AgentModel(this.kernel, { ...scene.agent, machineId: this.machineId })
    this.#epoch = options.epoch
    this.#quiet = scene.quiet ?? []
    this.#steps = first.steps.toSorted((a, b) => a.at - b.at)
    this.#again = first.again === undefined ? null : recent(first.again, options)
    this.#chapterEnd =
      loop === undefined ? Number.POSITIVE_INFINITY : options.epoch + first.lengthSeconds * 1_000
    if (!isFirst) this.#beginLoop()
    this.advanceTo(options.now ?? options.epoch)
  }

  /** Plays the story up to `now` (ms). Going back changes nothing. */
  advanceTo(now: number): void {
    for (;;) {
      const step = this.#nextStep()
      const next = this.nextStepAt
      if (next > now) break
      this.#moveTo(next)
      if (next === this.#chapterEnd) {
        this.#chapterStart = this.#chapterEnd
        this.#beginLoop()
      } else {
        if (step !== null) this.#take(step)
      }
    }
    this.#moveTo(now)
  }

  /** The report the agent would send at `now` (ms), or null while the host is down. */
  report(now: number): HostReport | null {
    this.advanceTo(now)
    return this.kernel.isUp ? this.agent.report() : null
  }

  /** True while the host says nothing although it runs. */
  isQuiet(now: number): boolean {
    const second = (now - this.#epoch) / 1_000
    return this.#quiet.some(({ from, to }) => second >= from && second < to)
  }

  /** When its silences begin, in ms. */
  get fallsSilentAt(): readonly number[] {
    return this.#quiet.map(({ from }) => this.#epoch + from * 1_000)
  }

  /** When the story goes on by itself, in ms; infinity where nothing more happens. */
  get nextStepAt(): number {
    const step = this.#nextStep()
    const stepAt = step === null ? Number.POSITIVE_INFINITY : this.#chapterStart + step.at * 1_000
    return Math.min(stepAt, this.#chapterEnd)
  }

  #nextStep(): Step | null {
    const [step] = this.#steps
    if (step === undefined || this.#again === null) return step ?? this.#again
    return this.#again.at < step.at ? this.#again : step
  }

  #take(step: Step): void {
    if (step !== this.#again) this.#steps.shift()
    else this.#again = { ...this.#again, at: this.#again.at + this.#again.everySeconds }
    step.do(this.kernel)
  }

  #moveTo(at: number): void {
    if (at > this.kernel.now) this.kernel.advance((at - this.kernel.now) / 1_000)
  }

  #beginLoop(): void {
    const { loop } = this.#scene
    if (loop === undefined) return
    this.kernel.reboot(loop.downSeconds)
    this.#steps = [...loop.steps]
    this.#again = loop.again ?? null
    this.#chapterEnd = this.#chapterStart + loop.lengthSeconds * 1_000
  }
}

const bootOffsetMs = (seed: string, hostname: string): number =>
  Math.floor(seededRandom(`${seed}/${hostname}/booted`)() * 20 * 3_600_000)

/** What recurred longer than a day before the story is entered has left no trace in the kernel, and is not played. */
const recent = (
  again: Recurrence,
  { epoch, now = epoch }: { readonly epoch: number; readonly now?: number },
): Recurrence => {
  const missed = Math.floor(((now - epoch) / 1_000 - 86_400 - again.at) / again.everySeconds)
  return missed > 0 ? { ...again, at: again.at + missed * again.everySeconds } : again
}

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
