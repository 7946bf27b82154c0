import { parentPort, workerData } from 'node:worker_threads'
import { syntheticReport } from '@graftwatch/simulator'
import { Pool } from 'undici'
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

const stateHash = '00000000000000aa'

function bodyOf(plan: LoadPlan, hostId: number, sequence: number): string {
  if (plan.kind === 'heartbeat') return JSON.stringify({ sequence, stateHash })
  const remaining = 1 + ((sequence + hostId) % 40)
  return JSON.stringify(syntheticReport({ index: hostId, sequence, at: Date.now(), remaining }))
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const origin = new URL(plan.url)
  const pool = new Pool(origin.origin, { connections: 8, pipelining: 16 })
  const acknowledged = new Float64Array(plan.hosts + 1)
  const latencies: number[] = []
  const endsAt = performance.now() + plan.seconds * 1000
  let refused = 0
  let turn = 0
  const path = plan.kind === 'heartbeat' ? '/v1/heartbeats' : '/v1/reports'

  const worker = async () => {
    while (performance.now() < endsAt) {
      const hostId = (turn % plan.hosts) + 1
      const sequence = plan.sequenceFrom + Math.floor(turn / plan.hosts) + 1
      turn += 1
      const begun = performance.now()
      const { statusCode, body } = await pool.request({
        path,
        method: 'POST',
        // Ours are idempotent by their sequence, which lets the client pipeline them.
        idempotent: true,
        blocking: false,
        headers: { authorization: `Bearer ${benchKey(hostId)}`, 'content-type': 'application/json' },
        body: bodyOf(plan, hostId, sequence),
      })
      await body.dump()
      if (statusCode === 200) {
        latencies.push(performance.now() - begun)
        acknowledged[hostId] = Math.max(acknowledged[hostId] ?? 0, sequence)
      } else refused += 1
    }
  }
  const begunAt = performance.now()
  await Promise.all(Array.from({ length: plan.inFlight }, worker))
  const seconds = (performance.now() - begunAt) / 1000
  await pool.close()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return { accepted: latencies.length, refused, seconds, p50Ms: at(0.5), p99Ms: at(0.99), acknowledged }
}

parentPort?.postMessage(await run(workerData as LoadPlan))
