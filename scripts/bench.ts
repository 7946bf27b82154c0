import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { syntheticReport } from '@graftwatch/simulator'
import { measureAtRest } from './bench/agent.ts'
import { measureAlerts } from './bench/alerts.ts'
import { bareHeartbeatUpsert, bareReportUpsert, generate } from './bench/baselines.ts'
import { checkStored } from './bench/check.ts'
import { seedFleet } from './bench/fleet.ts'
import { furnishFleet } from './bench/large-fleet.ts'
import { measureLive } from './bench/live.ts'
import type { LoadPlan, LoadResult } from './bench/load.ts'
import { measureReads } from './bench/reads.ts'
import { agentSizeKb, measureScan, measureSnapshot } from './bench/snapshot.ts'
import { startStack } from './bench/stack.ts'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000,10000,100000' },
    seconds: { type: 'string', default: '10' },
    /** One part alone: ingest, reads, live, alerts or agent. */
    only: { type: 'string' },
  },
})
const sizes = values.hosts.split(',').map(Number)
const seconds = Number(values.seconds)
const parts = ['ingest', 'reads', 'live', 'alerts', 'agent']
if (
  sizes.some((size) => !Number.isInteger(size) || size < 1) ||
  !(seconds > 0) ||
  (values.only !== undefined && !parts.includes(values.only))
) {
  console.error(
    'usage: npm run bench -- [--hosts 1000,10000] [--seconds 10] [--only ingest|reads|live|alerts|agent]',
  )
  process.exit(2)
}

const inFlight = { heartbeat: 128, report: 128 } as const
const rate = ({ accepted, seconds: took }: LoadResult) => accepted / took
const number = (value: number, digits = 0) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })

async function startBareRoute(): Promise<{ url: string; child: ChildProcess }> {
  const script = fileURLToPath(new URL('./bench/baselines.ts', import.meta.url))
  const child = spawn(process.execPath, [script, 'bare-route'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return { url: line.toString().trim(), child }
}

const rows: string[][] = []
const readRows: string[][] = []

async function measureIngest(): Promise<void> {
  const bare = await startBareRoute()
  const stack = await startStack()
  let sequenceFrom = 0
  let seeded = 0
  try {
    for (const hosts of sizes) {
      console.log(`${number(hosts)} hosts: putting them into the database …`)
      await seedFleet(stack.pool, seeded + 1, hosts)
      seeded = Math.max(seeded, hosts)
      for (const kind of ['heartbeat', 'report'] as const) {
        const plan: LoadPlan = {
          url: stack.apiUrl,
          kind,
          hosts,
          seconds,
          inFlight: inFlight[kind],
          sequenceFrom,
        }
        console.log(`${number(hosts)} hosts: ${kind}s for ${seconds} s, and beside them the two baselines …`)
        const route = await generate({ ...plan, url: bare.url })
        const ours = await generate(plan)
        sequenceFrom += Math.ceil(ours.accepted / hosts) + 10
        await checkStored(stack.pool, ours, kind)
        const body = JSON.stringify(syntheticReport({ index: 1, sequence: 1, at: Date.now(), remaining: 3 }))
        const upsert =
          kind === 'heartbeat'
            ? await bareHeartbeatUpsert(stack.pool, hosts, Math.min(seconds, 5))
            : await bareReportUpsert(stack.pool, hosts, Math.min(seconds, 5), body)
        rows.push([
          number(hosts),
          `${kind}s`,
          number(rate(ours)),
          `${number((100 * rate(ours)) / rate(route))} % of ${number(rate(route))}`,
          number(upsert),
          number(ours.p50Ms, 1),
          number(ours.p99Ms, 1),
          number(ours.refused),
          number(await stack.apiMemoryMiB()),
        ])
      }
    }
  } finally {
    bare.child.kill()
    await stack.stop()
  }
}

/** On a database of its own: the load above leaves a fleet in which everything moves. */
async function measureAllReads(): Promise<void> {
  const stack = await startStack()
  let seeded = 0
  let sequenceFrom = 0
  try {
    for (const hosts of sizes) {
      console.log(`${number(hosts)} hosts: reads, with heartbeats on the side …`)
      await seedFleet(stack.pool, seeded + 1, hosts)
      await furnishFleet(stack.pool, seeded + 1, hosts)
      seeded = Math.max(seeded, hosts)
      const results = await measureReads(stack, { hosts, seconds, perSecond: 2000, sequenceFrom })
      sequenceFrom += Math.ceil((2000 * seconds * results.length) / hosts) + 10
      for (const { name, p50Ms, p95Ms, budgetMs, bytes } of results)
        readRows.push([
          number(hosts),
          name,
          number(p50Ms, 1),
          number(p95Ms, 1),
          budgetMs === null ? '' : number(budgetMs),
          number(bytes / 1024, 1),
        ])
    }
  } finally {
    await stack.stop()
  }
}

function printTable(head: string, align: string, table: readonly (readonly string[])[]): void {
  if (table.length === 0) return
  console.log(`\n${head}\n${align}`)
  for (const row of table) console.log(`| ${row.join(' | ')} |`)
}

const wants = (part: string) => values.only === undefined || values.only === part
if (wants('ingest')) await measureIngest()
if (wants('reads')) await measureAllReads()
const live = wants('live') ? await measureLive(8, Math.max(60, seconds * 6)) : null
const alertCosts = wants('alerts') ? await measureAlerts(sizes) : []
const rest = wants('agent') ? await measureAtRest(Math.max(180, seconds)) : null
const scanRow = async (tasks: number, runs: number): Promise<string[]> => {
  const { firstMs, ms, cpuMs, longestStallMs, isCopy } = await measureScan(tasks, runs)
  return [
    `counting ${number(tasks)} tasks once${isCopy ? ', in a copied tree' : ''}, median of ${runs}`,
    `${number(ms)} ms, of them ${number(cpuMs)} ms on a processor; the first ${number(firstMs)} ms; longest stall ${number(longestStallMs)} ms`,
  ]
}
const agentRows = wants('agent')
  ? [
      ['snapshot of 1,000 tasks, median of 9', `${number(await measureSnapshot(1000))} ms`],
      ['snapshot of 10,000 tasks, median of 9', `${number(await measureSnapshot(10_000))} ms`],
      await scanRow(10_000, 9),
      await scanRow(50_000, 5),
      ['size of the one file', `${number(agentSizeKb())} kB`],
    ]
  : []

const model = cpus()[0]?.model ?? 'unknown CPU'
console.log(
  `\nMachine: ${cpus().length} × ${model}, ${number(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}.`,
)
console.log(
  'PostgreSQL (fsync on), API, and the load generator share it. Every acknowledged sequence was found in the',
)
console.log('database afterwards, and the counters equal a recount.')
printTable(
  '| hosts | what | per second | share of a bare Fastify route | bare ordered upsert, rows/s | p50 ms | p99 ms | refused | API RSS MiB |',
  '|---:|---|---:|---|---:|---:|---:|---:|---:|',
  rows,
)
printTable(
  '| hosts | read, with 2,000 heartbeats/s coming in | p50 ms | p95 ms | allowed at p95 | answer kB |',
  '|---:|---|---:|---:|---:|---:|',
  readRows,
)
if (live)
  printTable(
    '| real agents | changes | overtaken by the next | p50 ms | p99 ms | max ms | allowed at p99 |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    [
      [live.agents, live.changes, live.overtaken, live.p50Ms, live.p99Ms, live.maxMs, 2000].map((value) =>
        number(value),
      ),
    ],
  )
printTable(
  '| hosts | alerts firing | hosts judged/s, all marked at once | CPU at rest, % of a core | agent’s read → webhook, of | p50 ms | p99 ms | max ms | allowed at p99 |',
  '|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  alertCosts.map((cost) => [
    number(cost.hosts),
    number(cost.firing),
    number(cost.judgedPerSecond),
    number(cost.idleCpuPercent, 1),
    number(cost.samples),
    number(cost.p50Ms),
    number(cost.p99Ms),
    number(cost.maxMs),
    number(5000),
  ]),
)
printTable('| agent | |', '|---|---:|', agentRows)
if (rest) {
  printTable(
    '| at rest | CPU, % of a core | private memory, MiB | of it written | bytes a day |',
    '|---|---:|---:|---:|---:|',
    rest.costs.map(({ name, cpuPercent, privateMiB, dirtyMiB, bytesPerDay }) => [
      name,
      number(cpuPercent, 3),
      number(privateMiB, 1),
      number(dirtyMiB, 1),
      number(bytesPerDay),
    ]),
  )
  if (rest.note) console.log(`\n${rest.note}`)
}
