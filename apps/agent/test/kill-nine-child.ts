import { createAgent } from '../src/agent.ts'
import { createDelivery } from '../src/delivery.ts'
import { hostFiles } from '../src/host-files.ts'
import { createReader } from '../src/report.ts'
import { openStateDirectory } from '../src/state-dir.ts'
import { createTree, patch } from './host-tree.ts'

/**
 * The agent as a process to be killed: `kill-nine-child.ts URL STATE-DIR FIRST`. Each step sees another patch, p<FIRST> and on, which
 * is a change each; its clock jumps to the next step. Prints the patch of each step that ended.
 */
const [url = '', directory = '', first = '0'] = process.argv.slice(2)
const tree = createTree()
let ms = Date.parse('2026-11-23T09:00:00Z')
const now = (): number => ms
const agent = createAgent({
  reader: createReader({ files: hostFiles(tree.root), labels: {}, now }),
  delivery: createDelivery(url, 'the-key'),
  state: openStateDirectory(directory),
  clock: { wall: now, steady: now, uptime: now },
  intervalSeconds: 5,
})
process.once('exit', tree.remove)
process.stdin.once('end', () => process.exit(0)).resume()
for (let number = Number(first); ; number++) {
  tree.write({ [`sys/kernel/livepatch/p${number - 1}`]: null, ...patch(1, 0, `p${number}`) })
  const { waitMs } = await agent.step()
  process.stdout.write(`p${number}\n`)
  ms += waitMs
}
