import { createHash, randomUUID } from 'node:crypto'
import type { EnrollRequest, EnrollResponse, HostReport, ReportTransition } from '@graftwatch/contract'
import { stack } from './stack.ts'

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()

/** What the agent's own configuration says of a host here, unless a test says otherwise. */
const ownLabels = { env: 'prod' }

/** A host that speaks to the real API as an agent does. */
export class ReportingHost {
  readonly id: string
  readonly hostname: string
  readonly #key: string
  readonly #machineId: string
  readonly #labels: Record<string, string>
  readonly #bootId = randomUUID()
  #sequence = 0

  private constructor(
    { hostname, machineId, labels }: Pick<EnrollRequest, 'hostname' | 'machineId' | 'labels'>,
    answer: EnrollResponse,
  ) {
    this.hostname = hostname
    this.#labels = labels
    this.id = answer.hostId
    this.#machineId = machineId
    this.#key = answer.hostKey
    this.#sequence = answer.lastSequence
  }

  /** Enrolls a host. With `demo` it belongs to the demo fleet. */
  static async enroll(
    hostname: string,
    {
      demo = false,
      token,
      labels = ownLabels,
    }: { demo?: boolean; token?: string; labels?: Record<string, string> } = {},
  ): Promise<ReportingHost> {
    const machineId = createHash('sha256').update(hostname).digest('hex').slice(0, 32)
    const request = {
      token: token ?? (demo ? stack().demoToken : stack().token),
      machineId,
      hostname,
      labels,
    }
    return new ReportingHost(request, await post<EnrollResponse>('/v1/enroll', request))
  }

  /** Sends what an agent captured elsewhere as this host's own reading of now. */
  async report(captured: HostReport, changes: Partial<HostReport> = {}): Promise<void> {
    this.#sequence += 1
    const { stateHash: _, ...reading } = captured
    const report: HostReport = {
      ...reading,
      ...changes,
      sequence: this.#sequence,
      collectedAt: ago(0),
      host: { ...captured.host, machineId: this.#machineId, hostname: this.hostname, labels: this.#labels },
      kernel: { ...captured.kernel, bootId: this.#bootId, bootedAt: ago(41 * 86_400) },
    }
    await post('/v1/reports', report, this.#key)
  }
}

/** A captured transition as it looks after it has been held for `seconds`: a capture is a moment, and its agent had just begun. */
export function heldFor(captured: HostReport, seconds: number): Partial<HostReport> {
  const { transition } = captured
  if (transition === null) throw new Error('This capture has no transition.')
  const startedAt = ago(seconds)
  const started: ReportTransition = {
    ...transition,
    startedAt,
    startedAtSource: 'kernel-log',
    progressAt: startedAt,
  }
  return {
    transition: {
      ...started,
      blocking: transition.blocking.map((task) => ({
        ...task,
        firstSeenAt: startedAt,
        taskStartedAt: ago(seconds + 600),
      })),
    },
    attempts: captured.attempts.map((attempt) => ({ ...attempt, startedAt })),
    events: [
      { at: startedAt, kind: 'transition-started', patch: transition.patch, source: 'kernel-log' },
      { at: ago(seconds - 15), kind: 'tasks-signaled', patch: transition.patch, source: 'kernel-log' },
    ],
  }
}

/** What an agent that watched the whole way adds to the reading after a transition has completed. */
export function afterCompletion(patch: string, startedSecondsAgo: number): Partial<HostReport> {
  const [startedAt, endedAt] = [ago(startedSecondsAgo), ago(0)]
  return {
    attempts: [{ patch, direction: 'patching', startedAt, endedAt, outcome: 'completed' }],
    events: [{ at: endedAt, kind: 'transition-completed', patch, source: 'kernel-log' }],
  }
}

async function post<Answer>(path: string, body: unknown, key?: string): Promise<Answer> {
  // Through the dashboard's origin, as an installed agent does.
  const answer = await fetch(`${stack().baseUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Answer
}
