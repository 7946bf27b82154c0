import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { atEnd } from './at-end.ts'

export interface Child {
  /** The end of what it said. */
  said(): string
}

/** Starts a program that stays until the end of the lane, which ends it by its id. `onLine` hears what it prints. */
export function startChild(program: string, parameters: string[], onLine?: (line: string) => void): Child {
  const child = spawn(program, parameters, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const keep = (chunk: Buffer | string) => {
    said = `${said}${chunk}`.slice(-4000)
  }
  child.stdout.on('data', keep)
  if (onLine) createInterface({ input: child.stdout }).on('line', onLine)
  child.stderr.on('data', keep)
  child.on('error', ({ message }) => keep(message))
  const ended = once(child, 'close').catch(() => {})
  atEnd(async () => {
    child.kill('SIGTERM')
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(hard)
  })
  return { said: () => said }
}
