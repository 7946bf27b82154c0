import { gzipSync } from 'node:zlib'
import type { Clock } from './clock.ts'
import { backoffSeconds, type Delivery, type Outcome } from './delivery.ts'
import { Failure, KeyRefused } from './failure.ts'
import { unknownBoot } from './identity.ts'
import { createPacer } from './pacer.ts'
import { isUnconfirmed, type Reader, type Reading } from './report.ts'
import { openSpool, type ReadAt } from './spool.ts'
import type { StateDirectory } from './state-dir.ts'

export interface AgentParts {
  reader: Reader
  delivery: Delivery
  state: StateDirectory
  clock: Clock
  /** Seconds between readings at rest until the server names another interval. */
  intervalSeconds: number
  /** The highest sequence the server has of this host, when it just enrolled. */
  lastSequence?: number
  random?: () => number
  log?: (line: string) => void
}

/** What one step found. */
export interface Step {
  /** Milliseconds until the next step, with its reading, is due. */
  waitMs: number
  /** Milliseconds until `deliver` is due; null when nothing waits for delivery. */
  deliverInMs: number | null
  inTransition: boolean
  /** Nothing is waiting for delivery or for a second reading: `once` may end here. */
  isSettled: boolean
}

export interface Agent {
  /** Takes a reading, and delivers what is due. */
  step(): Promise<Step>
  /** Delivers what is due, without a reading. Milliseconds until it is due again; null when nothing waits. */
  deliver(): Promise<number | null>
}

type Kind = 'rest' | 'transition'

const confirmWithinMs = 2000
const fullReportEveryMs = 3_600_000
const transitionIntervalSeconds = 5
/** Readings a confirmation may take; after that the usual interval is good enough. */
const maxHastySteps = 5

/**
 * The reporting protocol: a step takes one reading, decides between a report and a heartbeat, and delivers what is due.
 *
 * A reading is taken whether or not the server can be reached; undelivered reports wait in the spool, and what the last run left there goes first. Throws KeyRefused
 * when the server does not know the key, Failure when no reading yet could tell the boot.
 */
export function createAgent(parts: AgentParts): Agent {
  const { reader, delivery, state, clock } = parts
  const random = parts.random ?? Math.random
  const log = parts.log ?? (() => {})
  const spool = openSpool({ disk: state.spoolDisk(), onDropped: state.addDropped, log })
  const pacer = createPacer(clock.steady)
  let lastSequence = Math.max(parts.lastSequence ?? 0, spool.lastSequence)
  let sent: { stateHash: string; atMs: number; phase: string } | null = null
  let isReportWanted = false
  let failures = 0
  let retryAtMs = 0
  let hastySteps = 0
  /** Of the last reading. */
  let kind: Kind = 'rest'
  /** The kernel and machine of the last reading. */
  let here: Pick<ReadAt, 'machineId' | 'bootId'> | null = null
  /** Intervals the server named, apart for rest and transition: the one says nothing of the other. */
  const named: { rest: number | null; transition: number | null } = { rest: null, transition: null }

  const isReportDue = (reading: Reading): boolean =>
    sent === null ||
    isReportWanted ||
    reading.transition !== null ||
    reading.stateHash !== sent.stateHash ||
    clock.steady() - sent.atMs >= fullReportEveryMs

  function enqueue(reading: Reading, uptimeMs: number | null): void {
    const sequence = state.nextSequence(lastSequence)
    const agent = { ...reading.agent, dropped: state.dropped() }
    const phase = phaseOf(reading)
    const { machineId } = reading.host
    const { bootId } = reading.kernel
    spool.push({
      sequence,
      isStateChange: phase !== sent?.phase,
      read: { machineId, bootId, atMs: Date.parse(reading.collectedAt), uptimeMs },
      body: gzipSync(JSON.stringify({ ...reading, sequence, agent })),
    })
    sent = { stateHash: reading.stateHash, atMs: clock.steady(), phase }
    isReportWanted = false
  }

  /** The host's clock now, as it ran at that reading: a clock that was set since makes no report older or younger. */
  function sentAtMs(read: ReadAt): number {
    const uptimeMs = read.bootId === here?.bootId ? clock.uptime() : null
    const ageMs = uptimeMs === null || read.uptimeMs === null ? -1 : uptimeMs - read.uptimeMs
    return ageMs >= 0 ? read.atMs + ageMs : clock.wall()
  }

  /** Returns whether the request is dealt with, one way or the other. */
  function settle(outcome: Outcome, what: 'report' | 'heartbeat', kind: Kind): boolean {
    switch (outcome.kind) {
      case 'answered':
        failures = 0
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
        throw new KeyRefused(outcome.wasAccepted)
      case 'later': {
        failures++
        const seconds = backoffSeconds(failures, outcome.afterSeconds, random)
        retryAtMs = clock.steady() + seconds * 1000
        log(
          `the server cannot be reached or is busy (${outcome.why}); next try in ${Math.ceil(seconds)} s, ${spool.length} reports wait`,
        )
        return false
      }
    }
  }

  async function deliver(): Promise<number | null> {
    for (;;) {
      const report = spool.first()
      if (!report) return null
      if (here !== null && report.read.machineId !== here.machineId) {
        // This directory was copied from another machine, whose own agent tells of it.
        spool.shift()
        continue
      }
      const waitMs = retryAtMs - clock.steady()
      if (waitMs > 0) return waitMs
      const turnMs = pacer.take()
      if (turnMs > 0) return turnMs
      const { body, read } = report
      const message = { path: '/v1/reports', body, isPacked: true, sentAtMs: sentAtMs(read) } as const
      if (settle(await delivery.send(message), 'report', kind)) spool.shift()
    }
  }

  async function beat(reading: Reading): Promise<void> {
    const heartbeat = { sequence: state.nextSequence(lastSequence), stateHash: reading.stateHash }
    // A heartbeat is only worth something now, so it is not kept for later.
    settle(
      await delivery.send({ path: '/v1/heartbeats', body: JSON.stringify(heartbeat) }),
      'heartbeat',
      'rest',
    )
  }

  return {
    deliver,
    async step() {
      const reading = await reader.read()
      // Its report would tell of a boot that nobody had; later readings go by the first.
      if (reading.kernel.bootId === unknownBoot)
        throw new Failure(
          '/proc/sys/kernel/random/boot_id cannot be read, so that no report could say of which boot it is. Start the agent again; where that does not help, let its user read that file.',
        )
      const uptimeMs = clock.uptime()
      here = { machineId: reading.host.machineId, bootId: reading.kernel.bootId }
      const inTransition = reading.transition !== null
      kind = inTransition ? 'transition' : 'rest'
      if (isReportDue(reading)) enqueue(reading, uptimeMs)
      else if (spool.length === 0 && clock.steady() >= retryAtMs) await beat(reading)
      if (isReportWanted && spool.length === 0) enqueue(reading, uptimeMs)
      const deliverInMs = await deliver()

      const isOpen = isUnconfirmed(reading)
      hastySteps = isOpen ? hastySteps + 1 : 0
      const usual = inTransition ? transitionIntervalSeconds : parts.intervalSeconds
      const intervalMs = (named[kind] ?? usual) * 1000
      const isHasty = isOpen && hastySteps <= maxHastySteps
      const waitMs = Math.min(isHasty ? confirmWithinMs : intervalMs, intervalMs)
      return { waitMs, deliverInMs, inTransition, isSettled: !isHasty && spool.length === 0 }
    },
  }
}

/** What tells a state change from progress: the boot, the patches with their flags, where a transition goes, and what was tried. */
function phaseOf(reading: Reading): string {
  const patches = reading.patches.map(({ name, state, enabled, inTransition, forced }) => [
    name,
    state,
    enabled,
    inTransition,
    forced,
  ])
  const sources = reading.sources.map(({ name, status }) => [name, status])
  const attempts = reading.attempts.map(({ patch, startedAt, endedAt, outcome }) => [
    patch,
    startedAt,
    endedAt,
    outcome,
  ])
  return JSON.stringify([
    reading.kernel.bootId,
    patches,
    reading.transition?.direction ?? null,
    sources,
    attempts,
    reading.events.length,
    reading.reboot,
    reading.available.length,
  ])
}
