/** A server takes 120 reports a minute from one host: these together stay below, whatever the minute begins with. */
const burst = 20
const everyMs = 750

/** Says when the next report may go. `steady`: milliseconds of a clock that only grows. */
export interface Pacer {
  /** Milliseconds to wait; 0 takes the turn. */
  take(): number
}

export function createPacer(steady: () => number): Pacer {
  let turns = burst
  let countedAt = steady()
  return {
    take() {
      const now = steady()
      turns = Math.min(burst, turns + (now - countedAt) / everyMs)
      countedAt = now
      if (turns < 1) return Math.ceil((1 - turns) * everyMs)
      turns -= 1
      return 0
    },
  }
}
