import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProtocolServer } from './protocol-server.ts'

let server: ProtocolServer
let stateDir: string
let child: ChildProcessWithoutNullStreams | undefined

beforeEach(async () => {
  server = await ProtocolServer.start()
  stateDir = mkdtempSync(join(tmpdir(), 'graftwatch-demo-'))
})

afterEach(async () => {
  child?.kill('SIGKILL')
  await server.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const start = (env: Record<string, string>) => {
  child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env } })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString()
    })
  }
  return { child, output, exit: once(child, 'exit').then(([code, signal]) => code ?? signal) }
}

const settings = () => ({
  GRAFTWATCH_URL: server.url,
  GRAFTWATCH_TOKEN: server.token,
  GRAFTWATCH_STATE_DIR: stateDir,
})

test('SIGTERM ends the process at once with 0 and keeps the keys', async () => {
  const reported = new Promise<void>((resolve) => {
    server.onArrival = () => {
      if (server.of('report').length === 160) resolve()
    }
  })
  const run = start(settings())
  await reported
  run.child.kill('SIGTERM')
  expect(await run.exit).toBe(0)
  expect(existsSync(join(stateDir, 'demo-hosts.json'))).toBe(true)
  expect(run.output.text).toBe(`demo: 227 simulated hosts report to ${server.url}\n`)
})

test('a removed demo fleet is said and ends with 0', async () => {
  server.acceptsToken = false
  const run = start(settings())
  expect(await run.exit).toBe(0)
  expect(run.output.text).toContain('demo: the demo fleet was removed; nothing left to do\n')
})

test('a missing setting is named and ends with 2', async () => {
  const { GRAFTWATCH_TOKEN: _, ...rest } = settings()
  const run = start(rest)
  expect(await run.exit).toBe(2)
  expect(run.output.text).toContain('GRAFTWATCH_TOKEN is not set')
})
