import { enrollResponse, type HostReport, type IngestAnswer, ingestAnswer } from '@graftwatch/contract'
import { type Answer, post, type Reply } from './api-client.ts'
import type { Random } from './random.ts'
import type { SimulatedHost } from './simulated-host.ts'

/** What a demo host needs from its fleet. */
export interface FleetConnection {
  readonly url: string
  readonly token: string
  readonly signal: AbortSignal
  readonly random: Random
  /** Says a line; the same one is not repeated for a while. */
  readonly say: (line: string) => void
}

const longestBackoffMs = 60_000
const fullReportEveryMs = 3_600_000

/**
 * One demo host and its conversation with the server: enrols, reports, sends heartbeats while nothing changed, and obeys the
 * answers. A report that got no answer is sent again as it was, with the same sequence, before anything newer.
 */
export class FleetHost {
  readonly host: SimulatedHost
  /** The server took the host away; it says no more. */
  isRemoved = false
  /** Key or sequence changed since this was last set to false. */
  isDirty = false
  hostKey: string | null
  readonly #connection: FleetConnection
  #hasSpoken = false
  #hasEnrolled = false
  #dueAt = 0
  #backoffUntil = 0
  #failures = 0
  #wantsReport = true
  #unanswered: HostReport | null = null
  #sent = { hash: '', at: 0, bootId: '' }

  constructor(
    host: SimulatedHost,
    connection: FleetConnection,
    kept: { readonly hostKey: string; readonly sequence: number } | undefined,
  ) {
    this.host = host
    this.#connection = connection
    this.hostKey = kept?.hostKey ?? null
    host.agent.sequence = kept?.sequence ?? 0
  }

  /** Moves the host to `now` and tells whether it has to speak: its time has come, its kernel logged something, or it booted. */
  isDue(now: number): boolean {
    if (this.isRemoved || this.isQuiet(now)) return false
    this.host.advanceTo(now)
    const { kernel, agent } = this.host
    if (!kernel.isUp || now < this.#backoffUntil) return false
    return now >= this.#dueAt || agent.hasNews || kernel.bootId !== this.#sent.bootId
  }

  /** It has spoken before and its story lets it speak no more. */
  isQuiet(now: number): boolean {
    return this.host.agent.sequence > 0 && this.host.isQuiet(now)
  }

  /** Makes it speak at the next opportunity, unless the server asked to wait. */
  hurry(): void {
    this.#dueAt = 0
  }

  /** One exchange with the server. Resolves `refused` when it does not let the demo fleet enrol (any more). */
  async speak(now: number): Promise<'spoke' | 'refused'> {
    if (this.hostKey === null) return this.#enroll(now)
    if (this.#unanswered !== null) return this.#report(now, this.#unanswered)
    const report = this.host.report(now)
    if (report === null) return 'spoke'
    const isReportDue =
      this.#wantsReport ||
      report.transition !== null ||
      report.events.length > 0 ||
      report.stateHash !== this.#sent.hash ||
      now - this.#sent.at >= fullReportEveryMs
    return isReportDue ? this.#report(now, report) : this.#heartbeat(now, report)
  }

  async #enroll(now: number): Promise<'spoke' | 'refused'> {
    const { url, token } = this.#connection
    const { machineId, hostname, labels } = this.host
    const reply = await this.#post(`${url}/v1/enroll`, { token, machineId, hostname, labels: { ...labels } })
    if (reply === null) return this.#later(now, null)
    const isRefused =
      reply.status >= 400 && reply.status < 500 && reply.status !== 408 && reply.status !== 429
    if (isRefused) return 'refused'
    const enrolled = reply.status < 300 ? enrollResponse.safeParse(reply.body) : null
    if (enrolled?.success !== true) return this.#later(now, reply)
    this.hostKey = enrolled.data.hostKey
    this.#hasEnrolled = true
    this.isDirty = true
    this.host.agent.sequence = Math.max(this.host.agent.sequence, enrolled.data.lastSequence)
    // A report that waited has a sequence the server may already have passed; a fresh one says more anyway.
    this.#unanswered = null
    this.#wantsReport = true
    return this.speak(now)
  }

  async #report(now: number, report: HostReport): Promise<'spoke' | 'refused'> {
    this.#unanswered = report
    this.#sent.bootId = report.kernel.bootId
    const answer = await this.#send('/v1/reports', report, now)
    if (answer === null) return 'spoke'
    this.#unanswered = null
    this.host.agent.acknowledge()
    this.#sent = { hash: report.stateHash ?? '', at: now, bootId: report.kernel.bootId }
    // Delivered late: what happened meanwhile is told at once.
    const isOld = now - Date.parse(report.collectedAt) > 2_000
    this.#obey(now, answer, report.sequence)
    if (isOld) this.#dueAt = now
    return 'spoke'
  }

  async #heartbeat(now: number, report: HostReport): Promise<'spoke' | 'refused'> {
    const { sequence, stateHash } = report
    const answer = await this.#send('/v1/heartbeats', { sequence, stateHash }, now)
    if (answer !== null) this.#obey(now, answer, sequence)
    return 'spoke'
  }

  #obey(now: number, answer: IngestAnswer, sequence: number): void {
    const { agent } = this.host
    this.isDirty = true
    agent.sequence = Math.max(agent.sequence, answer.lastSequence)
    // The server knows a later sequence, as after a restored snapshot: it kept this report as history only.
    this.#wantsReport = answer.sendReport || answer.lastSequence > sequence
    const seconds = Math.min(Math.max(answer.nextIntervalSeconds, 1), 600)
    this.#dueAt = this.#wantsReport ? now : now + seconds * 1_000 * (0.9 + this.#connection.random() * 0.2)
  }

  /** Returns null when there is nothing to obey: no answer, come later, refused for good, or the host is gone. */
  async #send(path: string, content: unknown, now: number): Promise<IngestAnswer | null> {
    const reply = await this.#post(`${this.#connection.url}${path}`, content)
    if (reply?.status === 401) {
      this.#keyRefused()
      return null
    }
    const isTaken = reply !== null && reply.status < 300
    const parsed = isTaken ? ingestAnswer.safeParse(reply.body) : null
    if (parsed?.success === true) {
      this.#hasSpoken = true
      this.#failures = 0
      return parsed.data
    }
    if (reply !== null && reply.status >= 400 && reply.status < 500 && reply.status !== 429) {
      // Sending the same again would be refused again.
      this.#unanswered = null
      this.#connection.say(
        `the server refused ${path} of ${this.host.hostname}: ${reply.status} ${reply.code}`,
      )
    }
    this.#later(now, reply)
    return null
  }

  /**
   * A key that worked and works no more: someone removed this host, and enrolling it again would undo that. A key kept from an
   * earlier run may belong to a database that is gone: enrol again, once.
   */
  #keyRefused(): void {
    if (this.#hasSpoken || this.#hasEnrolled) this.isRemoved = true
    this.hostKey = null
    this.isDirty = true
    this.#dueAt = 0
  }

  #later(now: number, answer: Answer | null): 'spoke' {
    this.#failures += 1
    const doubled = Math.min(longestBackoffMs, 1_000 * 2 ** Math.min(this.#failures - 1, 6))
    const own = doubled * (0.5 + this.#connection.random() / 2)
    this.#backoffUntil = now + Math.max(own, (answer?.retryAfterSeconds ?? 0) * 1_000)
    this.#dueAt = this.#backoffUntil
    return 'spoke'
  }

  async #post(url: string, content: unknown): Promise<Answer | null> {
    const { hostKey } = this
    const { signal, say } = this.#connection
    const reply: Reply = await post(url, content, hostKey === null ? { signal } : { key: hostKey, signal })
    if (reply.kind === 'answer') return reply
    if (!signal.aborted) say(`the server does not answer (${reply.reason}); trying again`)
    return null
  }
}
