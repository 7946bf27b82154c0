import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, Trouble } from './step.mjs'

/** The pinned Node 24 that came with the packages, or the running one where there is none for this machine. */
export function findNode(pinned = join(root, 'node_modules/.bin/node'), running = process.versions.node) {
  const answer = spawnSync(pinned, ['--version'], { encoding: 'utf8' })
  if (answer.status === 0 && major(answer.stdout.slice(1)) >= 24) return pinned
  if (major(running) >= 24) return process.execPath
  throw new Trouble(
    `There is no packaged Node 24 for ${process.platform} on ${process.arch}, and the one that runs is ${running}. Install Node 24 from https://nodejs.org and start again.`,
    '',
  )
}

const major = (version) => Number(version.split('.')[0])
