#!/usr/bin/env node
// Runs the built bundle, or the source where this Node can; npm links a bin only if it is there before the build.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bundle = new URL('../dist/graftwatch-agent.mjs', import.meta.url)
if (existsSync(fileURLToPath(bundle))) {
  await import(bundle.href)
} else if (process.features.typescript) {
  await import(new URL('../src/entry.ts', import.meta.url).href)
} else {
  process.stderr.write(
    'graftwatch-agent: this Node cannot run the source; run `npm run build` in apps/agent first.\n',
  )
  process.exitCode = 1
}
