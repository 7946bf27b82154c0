import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openSpool } from '../src/spool.ts'
import { openStateDirectory } from '../src/state-dir.ts'
import { type Answer, calm, type Received, startServer } from './fake-server.ts'

const child = fileURLToPath(new URL('kill-nine-child.ts', import.meta.url))

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const patchOf = ({ body }: Received): string => (body.patches as { name: string }[])[0]?.name ?? ''

test('an agent killed at any moment loses no change it has seen, and tells all of them in order', async () => {
  const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`kill -9: FAST_CHECK_SEED=${seed}`)
  const random = randomFrom(seed)
  const accepted: Received[] = []
  const seen: string[] = []
  let stepsLeft = Number.POSITIVE_INFINITY
  let kill = (): void => {}
  const server = await startServer((request): Answer => {
    stepsLeft--
    // Sometimes it is away, sometimes the agent dies with its request answered or not: nobody knows which.
    const isAway = random() < 0.5
    if (!isAway) accepted.push(request)
    if (stepsLeft <= 0) kill()
    return isAway ? { status: 503, headers: { 'retry-after': '12' } } : calm
  })
  const directory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
  try {
    for (let round = 0; round < 8; round++) {
      stepsLeft = Number.POSITIVE_INFINITY
      const first = Number(seen.at(-1)?.slice(1) ?? -1) + 2
      const agent = spawn(process.execPath, [child, server.url, directory, String(first)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const ended = once(agent, 'exit')
      kill = () => void agent.kill('SIGKILL')
      // By requests, or by steps: then it dies in the middle of whatever comes next, a reading or a write.
      const byRequests = random() < 0.5
      if (byRequests) stepsLeft = 1 + Math.floor(random() * 15)
      let steps = 1 + Math.floor(random() * 30)
      for await (const line of createInterface({ input: agent.stdout })) {
        seen.push(line)
        if (!byRequests && --steps === 0) kill()
      }
      expect(await ended).toEqual([null, 'SIGKILL'])
    }
    let dropped = 0
    const spool = openSpool({
      disk: openStateDirectory(directory).spoolDisk(),
      onDropped: (count) => (dropped += count),
    })
    const waiting: string[] = []
    for (let report = spool.first(); report; report = spool.first()) {
      waiting.push(JSON.parse(gunzipSync(report.body).toString('utf8')).patches[0]?.name)
      spool.shift()
    }
    const told = [...accepted.filter(({ path }) => path === '/v1/reports').map(patchOf), ...waiting]
    expect(dropped).toBe(0)
    expect(seen.length).toBeGreaterThan(8)
    expect(seen.filter((name) => !told.includes(name))).toEqual([])
    // A report may be told twice, one after the other, but never after a later one.
    const numbers = told.map((name) => Number(name.slice(1)))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  } finally {
    await server.close()
    rmSync(directory, { recursive: true })
  }
}, 60_000)
