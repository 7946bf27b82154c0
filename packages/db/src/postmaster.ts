import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `postmaster.pid` says; its lines are pid, data folder, start, port, socket, address, memory key, status. */
export interface Postmaster {
  pid: number
  port: number
  status: string
}

export function readPostmaster(data: string): Postmaster | undefined {
  let lines: string[]
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return undefined
  }
  const pid = Math.abs(Number(lines[0]))
  if (!Number.isInteger(pid) || pid < 2) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() }
}

/** True if that process is alive and is PostgreSQL on this very folder, not someone who inherited the number. */
export function runsPostgresOn(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false
  try {
    const words =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
        : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return words.includes('postgres') && words.includes(data)
  } catch {
    return false
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  if (process.platform !== 'linux') return true
  try {
    // A dead process whose parent never asked (a container without init) still has a number: state Z.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** Waits until `done` holds, or the time is up. */
export async function until(
  done: () => boolean | Promise<boolean>,
  milliseconds: number,
  pause = 15,
): Promise<boolean> {
  const end = Date.now() + milliseconds
  for (;;) {
    if (await done()) return true
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
