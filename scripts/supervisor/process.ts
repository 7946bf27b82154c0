import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isAlive, until } from '@graftwatch/db/postmaster'

export { isAlive, until }

/** A process for good: numbers are given away again, a number with its starting time is not. */
export interface Identity {
  pid: number
  started: string
}

export function identify(pid: number): Identity | undefined {
  if (!isAlive(pid)) return undefined
  try {
    if (process.platform !== 'linux') {
      return {
        pid,
        started: execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim(),
      }
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return { pid, started: `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}` }
  } catch {
    return undefined
  }
}

export function isStill({ pid, started }: Identity): boolean {
  return identify(pid)?.started === started
}

/** Ends a process and everything in its group: asks, waits, insists. */
export async function endGroup(who: Identity, graceMs: number): Promise<void> {
  if (isStill(who)) {
    signalGroup(who.pid, 'SIGTERM')
    await until(() => !isStill(who), graceMs)
  }
  signalGroup(who.pid, 'SIGKILL') // also for what a leader that left in time has left behind
  await until(() => !isStill(who), 2_000)
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody is left in it
  }
}
