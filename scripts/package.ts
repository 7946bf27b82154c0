import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from '../apps/agent/packaging/build-packages.ts'
import { root } from './supervisor/settings.ts'

/** Builds every form of the agent into dist/, from where the API hands them out. */
const folder = join(root, 'dist')
const { files, notes } = await buildPackages(sourceDate())
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const [name, content] of files) {
  writeFileSync(join(folder, name), content)
  console.log(`${(content.length / 1e6).toFixed(1).padStart(6)} MB  ${name}`)
}
for (const note of notes) console.log(note)
console.log(`In ${folder}.`)

/** SOURCE_DATE_EPOCH, else the time of the commit, else a fixed day: never the time of the build. */
function sourceDate(): number {
  // biome-ignore lint/suspicious/noUndeclaredEnvVars: not a task of turbo's
  const asked = process.env.SOURCE_DATE_EPOCH
  if (asked !== undefined && /^\d{1,10}$/.test(asked)) return Number(asked)
  try {
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }))
  } catch {
    return Date.UTC(2026, 0, 1) / 1000
  }
}
