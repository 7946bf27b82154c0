import { backoffSeconds, type Delivery, type Outcome } from './delivery.ts'
import { KeyRefused } from './failure.ts'
import { isUnconfirmed, type Reader, type Reading } from './report.ts'
import { createReportQueue } from './report-queue.ts'
import type { StateDirectory } from './state-dir.ts'

export interface AgentParts {
  reader: Reader
  delivery: Delivery
  state: StateDirectory
  /** Seconds between readings at rest until the server names another interval. */
  intervalSeconds: number
  /** The highest sequence the server has of this host, when it just enrolled. */
  lastSequence?: number
  now?: () => number
  random?: () => number
  log?: (line: string) => void
}

/** What one step found. */
export interface Step {
  /** Milliseconds until the next step is due. */
  waitMs: number
  inTransition: boolean
  /** Nothing is waiting for delivery or for a second reading: `once` may end here. */
  isSettled: boolean
}

export interface Agent {
  step(): Promise<Step>
}

const confirmWithinMs = 2000
const fullReportEveryMs = 3_600_000
const transitionIntervalSeconds = 5
/** Readings a confirmation may take; after that the usual interval is good enough. */
const maxHastySteps = 5

/**
 * The reporting protocol: a step takes one reading, decides between a report and a heartbeat, and delivers what is due.
 *
 * A reading is taken whether or not the server can be reached; undelivered reports wait in a bounded queue. Throws KeyRefused
 * when the server does not know the key.
 */
export function createAgent(parts: AgentParts): Agent {
  const { reader, delivery, state } = parts
  const now = parts.now ?? Date.now
  const random = parts.random ?? Math.random
  const log = parts.log ?? (() => {})
  const queue = createReportQueue()
  let lastSequence = parts.lastSequence ?? 0
  let sent: { stateHash: string; atMs: number; phase: string } | null = null
  let isReportWanted = false
  let failures = 0
  let wasAccepted = false
  let retryAtMs = 0
  let hastySteps = 0
  /** Intervals the server named, apart for rest and transition: the one says nothing of the other. */
  const named: { rest: number | null; transition: number | null } = { rest: null, transition: null }

  const isReportDue = (reading: Reading): boolean =>
    sent === null ||
    isReportWanted ||
    reading.transition !== null ||
    reading.stateHash !== sent.stateHash ||
    now() - sent.atMs >= fullReportEveryMs

  function enqueue(reading: Reading): void {
    const sequence = state.nextSequence(lastSequence)
    const agent = { ...reading.agent, dropped: state.dropped() }
    const phase = phaseOf(reading)
    const body = JSON.stringify({ ...reading, sequence, agent })
    const dropped = queue.push({ sequence, body, isStateChange: phase !== sent?.phase })
    if (dropped > 0) state.addDropped(dropped)
    sent = { stateHash: reading.stateHash, atMs: now(), phase }
    isReportWanted = false
  }

  /** Returns whether the request is dealt with, one way or the other. */
  function settle(outcome: Outcome, what: 'report' | 'heartbeat', kind: 'rest' | 'transition'): boolean {
    switch (outcome.kind) {
      case 'answered':
        failures = 0
        wasAccepted = true
        lastSequence = Math.max(lastSequence, outcome.answer.lastSequence)
        isReportWanted = outcome.answer.sendReport
        named[kind] = Math.min(Math.max(outcome.answer.nextIntervalSeconds, 1), 600)
        return true
      case 'refused':
        failures = 0
        if (what === 'report') state.addDropped(1)
        log(`the server refused a ${what} for good (${outcome.why}); it is dropped`)
        return true
      case 'unauthorized':
        throw new KeyRefused(wasAccepted)
      case 'later': {
        failures++
        const seconds = backoffSeconds(failures, outcome.afterSeconds, random)
        retryAtMs = now() + seconds * 1000
        log(`the server cannot be reached or is busy (${outcome.why}); next try in ${Math.ceil(seconds)} s`)
        return false
      }
    }
  }

  async function deliver(kind: 'rest' | 'transition'): Promise<void> {
    while (now() >= retryAtMs) {
      const report = queue.first()
      if (!report) return
      if (!settle(await delivery.send('/v1/reports', report.body), 'report', kind)) return
      queue.shift()
    }
  }

  async function beat(reading: Reading): Promise<void> {
    const heartbeat = { sequence: state.nextSequence(lastSequence), stateHash: reading.stateHash }
    // A heartbeat is only worth something now, so it is not kept for later.
    settle(await delivery.send('/v1/heartbeats', JSON.stringify(heartbeat)), 'heartbeat', 'rest')
  }

  return {
    async step() {
      const reading = await reader.read()
      const inTransition = reading.transition !== null
      const kind = inTransition ? 'transition' : 'rest'
      if (isReportDue(reading)) enqueue(reading)
      else if (queue.length === 0 && now() >= retryAtMs) await beat(reading)
      if (isReportWanted && queue.length === 0) enqueue(reading)
      await deliver(kind)

      const isOpen = isUnconfirmed(reading)
      hastySteps = isOpen ? hastySteps + 1 : 0
      const usual = inTransition ? transitionIntervalSeconds : parts.intervalSeconds
      const intervalMs = (named[kind] ?? usual) * 1000
      const isHasty = isOpen && hastySteps <= maxHastySteps
      const untilRetryMs = queue.length > 0 ? Math.max(retryAtMs - now(), 1000) : intervalMs
      const waitMs = Math.min(isHasty ? confirmWithinMs : intervalMs, untilRetryMs)
      return { waitMs, inTransition, isSettled: !isHasty && queue.length === 0 }
    },
  }
}

/** What tells a state change from progress: the boot, the patches with their flags, and where a transition is going. */
function phaseOf(reading: Reading): string {
  const patches = reading.patches.map(({ name, state, enabled, inTransition, forced }) => [
    name,
    state,
    enabled,
    inTransition,
    forced,
  ])
  const sources = reading.sources.map(({ name, status }) => [name, status])
  return JSON.stringify([reading.kernel.bootId, patches, reading.transition?.direction ?? null, sources])
}
