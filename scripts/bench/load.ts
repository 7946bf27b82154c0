import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { syntheticReport } from '@graftwatch/simulator'
import { benchKey } from './fleet.ts'

/** What one run of the load generator does. Bounded by `seconds`; at most `inFlight` requests wait at a time. */
export interface LoadPlan {
  url: string
  kind: 'heartbeat' | 'report'
  hosts: number
  seconds: number
  inFlight: number
  /** Sequences begin after this. */
  sequenceFrom: number
  /** Send so many a second, whatever waits; absent: as many as `inFlight` lets through. */
  perSecond?: number
}

export interface LoadResult {
  accepted: number
  refused: number
  seconds: number
  p50Ms: number
  p99Ms: number
  /** Highest acknowledged sequence by host id; index 0 is unused. */
  acknowledged: Float64Array
}

const connectionCount = 8
const stateHash = '00000000000000aa'

function bodyOf(plan: LoadPlan, hostId: number, sequence: number): string {
  if (plan.kind === 'heartbeat') return JSON.stringify({ sequence, stateHash })
  const remaining = 1 + ((sequence + hostId) % 40)
  return JSON.stringify(syntheticReport({ index: hostId, sequence, at: Date.now(), remaining }))
}

interface Sent {
  hostId: number
  sequence: number
  at: number
}

type OnAnswer = (status: number, sent: Sent) => void

/**
 * One keep-alive connection with several requests on the way. HTTP by hand, since the generator shares two cores with what it
 * measures: a general client costs about as much for each request as the server does.
 */
class Connection {
  #unread = ''
  readonly #sent: Sent[] = []
  readonly #socket: Socket
  readonly #onAnswer: OnAnswer
  done: Promise<unknown>

  constructor(origin: URL, onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer
    this.#socket = connect(Number(origin.port), origin.hostname)
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => this.#read(chunk))
    this.done = once(this.#socket, 'close')
  }

  get waiting(): number {
    return this.#sent.length
  }

  /** Several requests in one write. */
  send(requests: { hostId: number; sequence: number; text: string }[]): void {
    const at = performance.now()
    for (const { hostId, sequence } of requests) this.#sent.push({ hostId, sequence, at })
    this.#socket.write(requests.map(({ text }) => text).join(''))
  }

  end(): void {
    this.#socket.end()
  }

  #read(chunk: string): void {
    this.#unread += chunk
    for (;;) {
      const headEnd = this.#unread.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const head = this.#unread.slice(0, headEnd)
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (this.#unread.length < headEnd + 4 + length) return
      this.#unread = this.#unread.slice(headEnd + 4 + length)
      const sent = this.#sent.shift()
      if (sent) this.#onAnswer(Number(head.slice(9, 12)), sent)
    }
  }
}

/** Sends every 10 ms what is due by then, until `endsAt`. */
async function pace(
  perSecond: number,
  endsAt: number,
  send: (count: number, round: number) => void,
): Promise<void> {
  const begunAt = performance.now()
  let sent = 0
  for (let round = 0; performance.now() < endsAt; round += 1) {
    const due = Math.floor(((performance.now() - begunAt) / 1000) * perSecond) - sent
    if (due > 0) send(due, round)
    sent += Math.max(0, due)
    await setTimeout(10)
  }
}

/** Ends each connection once everything on it is answered; gives up after 10 s. */
async function drain(connections: readonly Connection[]): Promise<void> {
  const endsAt = performance.now() + 10_000
  while (connections.some(({ waiting }) => waiting > 0) && performance.now() < endsAt) await setTimeout(20)
  for (const connection of connections) connection.end()
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const origin = new URL(plan.url)
  const path = plan.kind === 'heartbeat' ? '/v1/heartbeats' : '/v1/reports'
  const keys = Array.from({ length: plan.hosts + 1 }, (_unused, id) => benchKey(id))
  const acknowledged = new Float64Array(plan.hosts + 1)
  const latencies: number[] = []
  const begunAt = performance.now()
  const endsAt = begunAt + plan.seconds * 1000
  let refused = 0
  let turn = 0

  const nextRequest = () => {
    const hostId = (turn % plan.hosts) + 1
    const sequence = plan.sequenceFrom + Math.floor(turn / plan.hosts) + 1
    turn += 1
    const body = bodyOf(plan, hostId, sequence)
    const text = `POST ${path} HTTP/1.1\r\nhost: ${origin.host}\r\nauthorization: Bearer ${keys[hostId]}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    return { hostId, sequence, text }
  }
  const connections = Array.from({ length: connectionCount }, () => {
    const connection: Connection = new Connection(origin, (status, sent) => {
      if (status === 200) {
        latencies.push(performance.now() - sent.at)
        acknowledged[sent.hostId] = Math.max(acknowledged[sent.hostId] ?? 0, sent.sequence)
      } else refused += 1
      if (plan.perSecond !== undefined) return
      if (performance.now() >= endsAt) {
        if (connection.waiting === 0) connection.end()
      } else if (connection.waiting <= depth / 2) fill(connection)
    })
    return connection
  })
  const depth = plan.inFlight / connectionCount
  const fill = (connection: Connection) =>
    connection.send(Array.from({ length: depth - connection.waiting }, nextRequest))
  if (plan.perSecond === undefined) for (const connection of connections) fill(connection)
  else
    await pace(plan.perSecond, endsAt, (count, round) =>
      connections[round % connectionCount]?.send(Array.from({ length: count }, nextRequest)),
    )
  if (plan.perSecond !== undefined) await drain(connections)
  await Promise.all(connections.map(({ done }) => done))
  const seconds = (performance.now() - begunAt) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return { accepted: latencies.length, refused, seconds, p50Ms: at(0.5), p99Ms: at(0.99), acknowledged }
}

parentPort?.postMessage(await run(workerData as LoadPlan))
