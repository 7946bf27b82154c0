import { type Agent, createAgent, type Step } from './agent.ts'
import { systemClock } from './clock.ts'
import { backoffSeconds, createDelivery, EnrollmentFailure, requestEnrollment } from './delivery.ts'
import { Failure } from './failure.ts'
import { type HostFiles, hostFiles } from './host-files.ts'
import { readIdentity } from './identity.ts'
import { createReader } from './report.ts'
import type { Settings } from './settings.ts'
import { openStateDirectory, type StateDirectory } from './state-dir.ts'

/** An agent at work on this host, until `stopping` is aborted. */
export interface Session {
  agent: Agent
  files: HostFiles
  close(): void
}

/** Writes one line to stderr, where systemd's journal adds the time. */
export const log = (line: string): void => {
  process.stderr.write(`graftwatch-agent: ${line}\n`)
}

/** How long a request in flight may go on after the agent was told to stop. */
const graceMs = 2000

/**
 * Opens the state directory, enrolls when there is a token and no key yet (or `anew`), and makes an agent. `stopping` leaves the request
 * in flight two more seconds. Throws Failure that says what is missing.
 */
export async function openSession(
  settings: Settings,
  stopping: AbortSignal,
  { anew = false } = {},
): Promise<Session> {
  const files = hostFiles(settings.root)
  if (!files.exists('proc/stat')) {
    throw new Failure(
      'This system has no /proc, so there is no kernel state to report: live patching is a Linux matter.',
    )
  }
  if (settings.url === null)
    throw new Failure('GRAFTWATCH_URL is missing: the address of the Graftwatch server.', 2)
  const state = openStateDirectory(settings.stateDirectory, log)
  const stop = afterGrace(stopping)
  const enrolled = await ensureEnrolled(settings, settings.url, state, files, stopping, anew)
  const network = settings.networkFor(settings.url)
  const delivery = createDelivery(settings.url, enrolled.hostKey, {
    network,
    stop,
    rereadKey: () => keyNow(state),
    accepted: state.acceptedKey,
  })
  const reader = createReader({
    files,
    labels: settings.labels,
    sendsCommandLines: settings.sendsCommandLines,
    fallbackId: state.fallbackId(),
  })
  const { intervalSeconds } = settings
  const agent = createAgent({
    reader,
    delivery,
    state,
    clock: systemClock(files),
    intervalSeconds,
    lastSequence: enrolled.lastSequence,
    log,
  })
  return { agent, files, close: () => reader.close() }
}

/** A damaged file is no reason to stop: then the key in use is the last one there was. */
function keyNow(state: StateDirectory): string | null {
  try {
    return state.hostKey()
  } catch {
    return null
  }
}

function afterGrace(stopping: AbortSignal): AbortSignal {
  const stop = new AbortController()
  stopping.addEventListener('abort', () => setTimeout(() => stop.abort(), graceMs).unref(), { once: true })
  return stop.signal
}

async function ensureEnrolled(
  settings: Settings,
  url: string,
  state: StateDirectory,
  files: HostFiles,
  stopping: AbortSignal,
  anew: boolean,
): Promise<{ hostKey: string; lastSequence: number }> {
  const hostKey = anew ? null : state.hostKey()
  if (hostKey !== null) return { hostKey, lastSequence: 0 }
  if (settings.token === null) {
    throw new Failure(
      'this host is not enrolled. Run `graftwatch-agent enroll --url URL` with GRAFTWATCH_TOKEN set.',
      2,
    )
  }
  for (let failures = 1; ; failures++) {
    try {
      return await enrollHost(url, settings.token, settings, state, files, stopping)
    } catch (error) {
      if (!(error instanceof EnrollmentFailure) || !error.isTemporary || stopping.aborted) throw error
      const seconds = backoffSeconds(failures, null, Math.random)
      log(`${error.message} Next try in ${Math.ceil(seconds)} s.`)
      await pauseUnless(seconds * 1000, stopping)
      if (stopping.aborted) throw error
    }
  }
}

/** Exchanges a token for a key of this host's own and keeps the key. Throws EnrollmentFailure. */
export async function enrollHost(
  url: string,
  token: string,
  { labels, networkFor }: Pick<Settings, 'labels' | 'networkFor'>,
  state: StateDirectory,
  files: HostFiles,
  stop?: AbortSignal,
): Promise<{ hostId: string; hostKey: string; lastSequence: number }> {
  // A key that cannot be kept would be lost with the process, and the next run would take it from this one.
  state.requireWritable()
  const { machineId, hostname } = readIdentity(files, state.fallbackId()).host
  const enrolled = await requestEnrollment(
    url,
    { token, machineId, hostname, labels },
    { network: networkFor(url), ...(stop ? { stop } : {}) },
  )
  state.saveHostKey(enrolled)
  return enrolled
}

/** Waits that long, and delivers what falls due meanwhile. Resolves with when delivery is due next, as `deliver` does. */
export async function pauseDelivering(
  { agent }: Pick<Session, 'agent'>,
  { waitMs, deliverInMs }: Pick<Step, 'waitMs' | 'deliverInMs'>,
  stopping: AbortSignal,
): Promise<number | null> {
  let leftMs = waitMs
  let dueInMs = deliverInMs
  while (leftMs > 0 && !stopping.aborted) {
    const pauseMs = Math.min(leftMs, dueInMs ?? leftMs)
    await pauseUnless(pauseMs, stopping)
    leftMs -= pauseMs
    if (dueInMs !== null && !stopping.aborted)
      dueInMs = dueInMs > pauseMs ? dueInMs - pauseMs : await agent.deliver()
  }
  return dueInMs
}

/** Resolves after that time, or at once when `stopping` is aborted. */
export function pauseUnless(milliseconds: number, stopping: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (stopping.aborted) return done()
    const end = (): void => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, milliseconds)
    stopping.addEventListener('abort', end, { once: true })
  })
}

/** Aborted by SIGTERM or SIGINT. A second signal ends the process at once, as usual. */
export function stopOnSignal(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
  return stopping.signal
}
