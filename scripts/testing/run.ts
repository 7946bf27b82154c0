import { type ChildProcess, spawn } from 'node:child_process'
import { root } from '../supervisor/settings.ts'

export interface Tally {
  passed: number
  failed: number
}

export const sum = (tallies: Tally[]): Tally => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0),
})

const children = new Set<ChildProcess>()
let ending = false

/** Runs Node on a script and waits; `quiet` keeps what it says for the caller. */
export async function runNode(
  parameters: string[],
  options: { env?: NodeJS.ProcessEnv; quiet?: boolean; limitMs?: number } = {},
): Promise<{ ok: boolean; said: string }> {
  return runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', ...parameters], options)
}

export async function runProgram(
  program: string,
  parameters: string[],
  {
    env = process.env,
    quiet = false,
    limitMs = 20 * 60_000,
  }: { env?: NodeJS.ProcessEnv; quiet?: boolean; limitMs?: number },
): Promise<{ ok: boolean; said: string }> {
  if (ending) return { ok: false, said: '' }
  const child = spawn(program, parameters, {
    cwd: root,
    env,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  })
  children.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
  }
  const timer = setTimeout(() => {
    said += `\nstopped after ${limitMs / 1000} s\n`
    child.kill('SIGKILL')
  }, limitMs)
  const ok = await new Promise<boolean>((done) => {
    child.on('error', (error) => {
      said += error.message
      done(false)
    })
    child.on('close', (code) => done(code === 0))
  })
  clearTimeout(timer)
  children.delete(child)
  return { ok, said }
}

/** Ctrl-C, or the end of who started us: ends the children first, so that their temporary folders go too. */
export function endTogether(): void {
  const end = () => {
    if (ending) return
    ending = true
    for (const child of children) child.kill('SIGTERM')
    const wait = setInterval(() => {
      if (children.size > 0) return
      clearInterval(wait)
      process.exit(130)
    }, 50)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  if (process.channel) {
    process.on('disconnect', end)
    process.channel.unref()
  }
}
