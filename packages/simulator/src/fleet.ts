import { type Clock, systemClock } from './clock.ts'
import { type DemoState, forgetDemoState, loadDemoState, saveDemoState } from './demo-state.ts'
import { FleetHost } from './fleet-host.ts'
import type { Random } from './random.ts'
import { scenes as demoScenes, type Scene } from './scenes/index.ts'
import { SimulatedHost } from './simulated-host.ts'

export interface FleetOptions {
  readonly url: string
  /** Enrollment token; the demo's own makes the server mark its hosts as simulated. */
  readonly token: string
  /** Keeps demo-hosts.json; a fleet started again with it goes on with the same hosts and story. */
  readonly stateDir: string
  readonly signal: AbortSignal
  readonly scenes?: readonly Scene[]
  readonly seed?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: (line: string) => void
  /** Requests at a time. */
  readonly concurrency?: number
}

/** How a fleet ended: told to stop, or its hosts were removed on the server. */
export type FleetEnd = 'stopped' | 'removed'

export interface Fleet {
  readonly hosts: readonly SimulatedHost[]
  /** Resolves when `signal` aborts or the server has removed the fleet. Never throws for what the network or server does. */
  run(): Promise<FleetEnd>
  /** Writes keys and sequences down now; safe to call at any time. */
  save(): void
}

/** The model moves and hosts speak once a second: as fast as the kernel looks again, so faster shows nothing more. */
const tickMs = 1_000
/** Sequences are also told by the server, so that losing a few of them does no harm. */
const saveEveryMs = 30_000

/** A fleet of simulated hosts that talks to a real server through its public API alone. */
export const createFleet = (options: FleetOptions): Fleet => {
  const { url, token, stateDir, signal, seed = 'demo', concurrency = 8 } = options
  const clock = options.clock ?? systemClock
  const log = options.log ?? (() => {})
  const random = options.random ?? Math.random
  const kept = loadDemoState(stateDir, clock.now())
  const say = sayer(log, clock)
  const connection = { url: url.replace(/\/+$/, ''), token, signal, random, say }
  const members = (options.scenes ?? demoScenes)
    .flatMap((scene) => scene.hosts)
    .map((host) => new SimulatedHost(host, { epoch: kept.epoch, now: clock.now(), seed }))
    .map((host) => new FleetHost(host, connection, kept.hosts[host.hostname]))
  for (const member of members) member.isRemoved = kept.removed.includes(member.host.hostname)
  let savedAt = clock.now()
  let isOver = false

  const save = (): void => {
    if (isOver) return
    const removed = members.filter((member) => member.isRemoved).map(({ host }) => host.hostname)
    const state: DemoState = { version: 1, epoch: kept.epoch, hosts: {}, removed }
    for (const { host, hostKey } of members) {
      if (hostKey !== null) state.hosts[host.hostname] = { hostKey, sequence: host.agent.sequence }
    }
    saveDemoState(stateDir, state)
    savedAt = clock.now()
    for (const member of members) member.isDirty = false
  }

  const saveSometimes = (hadKeys: string): void => {
    const hasNewKeys = hadKeys !== keysOf(members)
    const isTime = clock.now() - savedAt >= saveEveryMs && members.some((member) => member.isDirty)
    if (hasNewKeys || isTime) save()
  }

  /** Hosts that say no more cannot learn of their removal; the others tell. */
  const areAllGone = (): boolean =>
    countRemoved(members) > 0 && members.every((member) => member.isRemoved || member.isQuiet(clock.now()))

  /** Lets everyone speak who has to, a few at a time, those of the first scene first. */
  const tick = async (): Promise<'removed' | null> => {
    const due = members.filter((member) => member.isDue(clock.now()))
    let isRefused = false
    const worker = async (): Promise<void> => {
      for (
        let member = due.shift();
        member !== undefined && !signal.aborted && !isRefused;
        member = due.shift()
      ) {
        if ((await member.speak(clock.now())) === 'refused') isRefused = true
      }
    }
    const hadKeys = keysOf(members)
    const wereRemoved = countRemoved(members)
    await Promise.all(Array.from({ length: Math.min(concurrency, due.length) }, worker))
    saveSometimes(hadKeys)
    // One host was removed; whether all were, the others learn now and not at their next heartbeat.
    if (countRemoved(members) > wereRemoved) for (const member of members) member.hurry()
    return isRefused || areAllGone() ? 'removed' : null
  }

  return {
    hosts: members.map((member) => member.host),
    save,
    async run() {
      while (!signal.aborted) {
        const end = await tick()
        if (end !== null) {
          isOver = true
          forgetDemoState(stateDir)
          return end
        }
        await clock.sleep(tickMs, signal)
      }
      save()
      return 'stopped'
    },
  }
}

const countRemoved = (members: readonly FleetHost[]): number =>
  members.filter(({ isRemoved }) => isRemoved).length

const keysOf = (members: readonly FleetHost[]): string => members.map(({ hostKey }) => hostKey).join()

/** Thirty hosts that fail in the same way are one line, not thirty; while it lasts, one every 10 minutes. */
const sayer = (log: (line: string) => void, clock: Clock) => {
  const saidAt = new Map<string, number>()
  return (line: string): void => {
    const last = saidAt.get(line)
    if (last !== undefined && clock.now() - last < 600_000) return
    if (saidAt.size >= 100) saidAt.clear()
    saidAt.set(line, clock.now())
    log(line)
  }
}
