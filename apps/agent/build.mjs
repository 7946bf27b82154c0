// Bundles the agent into one file without dependencies: dist/graftwatch-agent.mjs, and its checksum as sha256sum prints it.
// The same sources and esbuild give the same bytes. Node 18 is what distributions ship.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))
const outfile = process.argv[2] ?? `${folder}dist/graftwatch-agent.mjs`
const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))

const { outputFiles } = await build({
  absWorkingDir: folder,
  entryPoints: ['src/entry.ts'],
  outfile,
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  charset: 'utf8',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  banner: { js: '#!/usr/bin/env node' },
  define: { __AGENT_VERSION__: JSON.stringify(version) },
})
const [bundle] = outputFiles
const checksum = createHash('sha256').update(bundle.contents).digest('hex')
mkdirSync(fileURLToPath(new URL('.', `file://${outfile}`)), { recursive: true })
writeFileSync(outfile, bundle.contents)
chmodSync(outfile, 0o755)
writeFileSync(`${outfile}.sha256`, `${checksum}  graftwatch-agent.mjs\n`)
process.stdout.write(`${outfile}: ${(bundle.contents.length / 1000).toFixed(1)} kB\n`)
