import type { HostFiles } from './host-files.ts'

/** The times the agent lives by, in milliseconds. */
export interface Clock {
  /** The host's clock, which anybody may set. */
  wall(): number
  /** For waits: only grows, and stands still in a suspend. */
  steady(): number
  /** For ages: since boot, and goes on in a suspend and from one run of the agent to the next; null when unknown. */
  uptime(): number | null
}

/** Milliseconds since some moment; only grows. `performance.now` would load a part of Node that is needed for nothing else. */
export const steadyMs = (): number => Number(process.hrtime.bigint()) / 1e6

export const systemClock = (files: HostFiles): Clock => ({
  wall: Date.now,
  steady: steadyMs,
  uptime() {
    const seconds = files.isLive ? Number.parseFloat(files.text('proc/uptime', 64) ?? '') : Number.NaN
    return Number.isFinite(seconds) ? seconds * 1000 : null
  },
})
