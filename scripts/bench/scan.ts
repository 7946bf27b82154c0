import { parsePatchState } from '@graftwatch/livepatch/parse/klp'
import { hostFiles } from '../../apps/agent/src/host-files.ts'
import { scanTasks, ThreadNames } from '../../apps/agent/src/task-scan.ts'
import type { ScanCost } from './snapshot.ts'

/** `scan.ts ROOT TASKS RUNS`: counts the tasks of a tree and prints a {@link ScanCost}; a process of its own, so that nothing else stalls. */
const [root = '', tasks, runs] = process.argv.slice(2)
const files = hostFiles(root)
const flag = { file: 'patch_state', parse: parsePatchState }
const times: number[] = []
const cpuTimes: number[] = []
let longestStallMs = 0
const names = new ThreadNames()
let firstMs = 0

for (let run = 0; run < Number(runs); run++) {
  let lastTurn = performance.now()
  let isOver = false
  const turn = (): void => {
    const now = performance.now()
    if (run > 0) longestStallMs = Math.max(longestStallMs, now - lastTurn)
    lastTurn = now
    if (!isOver) setTimeout(turn, 0)
  }
  setTimeout(turn, 0)
  const cpuBegun = process.cpuUsage()
  const begun = performance.now()
  const { tally } = await scanTasks(files, 1, flag, Number.POSITIVE_INFINITY, Date.now, names)
  const took = performance.now() - begun
  if (run === 0) firstMs = took
  else times.push(took)
  const { user, system } = process.cpuUsage(cpuBegun)
  if (run > 0) cpuTimes.push((user + system) / 1000)
  isOver = true
  turn()
  if (tally.listed !== Number(tasks)) throw new Error(`the scan counted ${tally.listed} of ${tasks} tasks`)
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const cost: ScanCost = { firstMs, ms: median(times), cpuMs: median(cpuTimes), longestStallMs }
process.stdout.write(JSON.stringify(cost))
