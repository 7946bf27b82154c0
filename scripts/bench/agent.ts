import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { bundle } from '../../apps/agent/packaging/bundle.mjs'
import { executable, pinnedNode } from '../../apps/agent/packaging/executable.ts'
import { environment, nodeFlags } from '../../apps/agent/packaging/runtime.ts'
import { agentBundle } from './snapshot.ts'

/** What one long-running process costs a host at rest. */
export interface RestCost {
  name: string
  /** Percent of one core: processor time of all its threads over the measured time, by the scheduler's own nanoseconds. */
  cpuPercent: number
  /** Memory that no other process shares: Private_Clean + Private_Dirty of smaps_rollup, at the end. */
  privateMiB: number
  /** Of that, what it wrote (Private_Dirty); the rest are pages of its program file that only it maps here. */
  dirtyMiB: number
  /** HTTP bytes both ways in a day, headers included, TLS and TCP not. */
  bytesPerDay: number
}

const intervalSeconds = 60
const warmUpMs = 15_000

/**
 * The shipped bundle as a process on this very host (its real /proc and /sys), reporting every 60 s to a server that answers as
 * ours does; as Node starts it, as the package does, and as the executable. Beside them, in the same minutes, Debian's own
 * prometheus-node-exporter, asked every 60 s, where apt can fetch it; it is unpacked and not installed.
 */
export async function measureAtRest(seconds: number): Promise<{ costs: RestCost[]; note: string | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-rest-'))
  const running: Watched[] = []
  const server = await startStandIn()
  try {
    const byNode = (flags: readonly string[]) => [process.execPath, ...flags, agentBundle]
    running.push(await startAgent('agent, by `node` alone', byNode([]), {}, server, folder))
    running.push(await startAgent('agent, as installed', byNode(nodeFlags), environment, server, folder))
    const program = await makeExecutable(folder)
    if (program)
      running.push(
        await startAgent('agent, as installed without Node', [program], environment, server, folder),
      )
    const exporter = await startExporter(folder)
    if (exporter) running.push(exporter)
    await pause(warmUpMs)
    const before = running.map(({ child }) => cpuNanoseconds(child))
    const begun = performance.now()
    const endsAt = begun + seconds * 1000
    while (performance.now() < endsAt) {
      await exporter?.ask()
      await pause(Math.min(intervalSeconds * 1000, Math.max(endsAt - performance.now(), 0)))
    }
    const took = (performance.now() - begun) * 1e6
    const costs = running.map(({ name, child, bytesPerDay }, index) => ({
      name,
      cpuPercent: (100 * (cpuNanoseconds(child) - (before[index] ?? 0))) / took,
      ...memory(child),
      bytesPerDay: bytesPerDay(),
    }))
    const note = exporter ? null : 'prometheus-node-exporter could not be fetched with apt-get download.'
    return { costs, note }
  } finally {
    for (const { child } of running) child.kill()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Watched {
  name: string
  child: ChildProcess
  bytesPerDay(): number
}

/** HTTP bytes of one agent's requests by path, told apart by its key. */
type Traffic = Map<string, { requests: number; bytes: number }>

interface StandIn {
  url: string
  traffic(key: string): Traffic
  close(): void
}

/** Answers enrollment, reports and heartbeats with the bodies the API sends, and counts bytes at the socket. */
async function startStandIn(): Promise<StandIn> {
  const byKey = new Map<string, Traffic>()
  const counted = new WeakMap<Socket, number>()
  let enrolled = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { url: path = '', socket } = request
      const isEnroll = path === '/v1/enroll'
      const key = isEnroll ? `bench-key-${++enrolled}` : (request.headers.authorization ?? '').slice(7)
      const answer = isEnroll
        ? { hostId: String(enrolled), hostKey: key, lastSequence: 0 }
        : { nextIntervalSeconds: intervalSeconds, sendReport: false, lastSequence: 1 }
      response.setHeader('content-type', 'application/json; charset=utf-8')
      response.end(JSON.stringify(answer), () => {
        const total = socket.bytesRead + socket.bytesWritten
        const traffic = byKey.get(key) ?? new Map()
        const row = traffic.get(path) ?? { requests: 0, bytes: 0 }
        row.requests++
        row.bytes += total - (counted.get(socket) ?? 0)
        counted.set(socket, total)
        byKey.set(key, traffic.set(path, row))
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic: (key) => byKey.get(key) ?? new Map(),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The agent as hosts without Node.js have it; null where this machine's Node.js is none of the pinned ones. */
async function makeExecutable(folder: string): Promise<string | null> {
  const node = process.arch === 'x64' || process.arch === 'arm64' ? pinnedNode(process.arch) : null
  if (node === null) return null
  const path = join(folder, 'graftwatch-agent')
  const { content } = await executable((await bundle('cjs')).toString('utf8'), node)
  writeFileSync(path, content, { mode: 0o755 })
  return path
}

async function startAgent(
  name: string,
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  server: StandIn,
  folder: string,
): Promise<Watched> {
  const stateDirectory = join(folder, `state-${name.length}`)
  mkdirSync(stateDirectory)
  const env = {
    PATH: process.env.PATH,
    ...environment,
    GRAFTWATCH_URL: server.url,
    GRAFTWATCH_TOKEN: 'bench',
    GRAFTWATCH_STATE_DIR: stateDirectory,
  }
  const child = spawn(program, [...args, 'run'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  for (let patience = 100; !said.includes('reporting to'); patience--) {
    if (patience === 0 || child.exitCode !== null) throw new Error(`the agent does not report: ${said}`)
    await pause(200)
  }
  // In the order of their start: the stand-in counts enrollments.
  const key = `bench-key-${++agents}`
  const each = (path: string): number => {
    const row = server.traffic(key).get(path)
    if (!row) throw new Error(`the agent sent nothing to ${path} while it was watched: ${said}`)
    return row.bytes / row.requests
  }
  /** At rest: a full report an hour, a heartbeat every other minute of the day. */
  const bytesPerDay = () => 24 * each('/v1/reports') + (1440 - 24) * each('/v1/heartbeats')
  return { name, child, bytesPerDay }
}
let agents = 0

async function startExporter(folder: string): Promise<(Watched & { ask(): Promise<void> }) | null> {
  const program = join(folder, 'exporter/usr/bin/prometheus-node-exporter')
  try {
    execFileSync('apt-get', ['download', 'prometheus-node-exporter'], {
      cwd: folder,
      stdio: 'ignore',
      timeout: 60_000,
    })
    const file = readdirSync(folder).find((name) => name.endsWith('.deb')) ?? ''
    execFileSync('dpkg-deb', ['-x', file, 'exporter'], { cwd: folder, stdio: 'ignore' })
  } catch {
    return null
  }
  if (!existsSync(program)) return null
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn(program, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  let asked = 0
  let bytes = 0
  const ask = () =>
    new Promise<void>((done, fail) => {
      const request = get(
        `http://127.0.0.1:${port}/metrics`,
        { headers: { 'accept-encoding': 'gzip' } },
        (response) => {
          const { socket } = response
          response.resume().on('end', () => {
            asked++
            bytes += socket.bytesRead + socket.bytesWritten
            done()
          })
        },
      )
      request.on('error', fail)
    })
  const version = readdirSync(folder)
    .find((name) => name.endsWith('.deb'))
    ?.split('_')[1]
  const name = `prometheus-node-exporter ${version}, asked every ${intervalSeconds} s`
  return { name, child, ask, bytesPerDay: () => ((bytes / asked) * 86_400) / intervalSeconds }
}

/** Time on a processor of all threads, those that ended not counted; nanoseconds. */
function cpuNanoseconds(child: ChildProcess): number {
  const tasks = `/proc/${child.pid}/task`
  return readdirSync(tasks)
    .map((tid) => Number(readFileSync(`${tasks}/${tid}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, value) => sum + value, 0)
}

function memory(child: ChildProcess): Pick<RestCost, 'privateMiB' | 'dirtyMiB'> {
  const text = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8')
  const kB = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1])
  const dirty = kB('Private_Dirty')
  return { privateMiB: (dirty + kB('Private_Clean')) / 1024, dirtyMiB: dirty / 1024 }
}
