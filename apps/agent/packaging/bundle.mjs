// Bundles the agent into one file without dependencies. The same sources and esbuild give the same bytes. Node 18 is what
// distributions ship.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Of the agent's package.json. */
export const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))

/** The bytes of the bundle: `esm` for Node as it is, `cjs` for inside of an executable. */
export async function bundle(format = 'esm') {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['src/entry.ts'],
    outfile: 'agent.js',
    bundle: true,
    write: false,
    platform: 'node',
    format,
    target: 'node18',
    charset: 'utf8',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: format === 'esm' ? { js: '#!/usr/bin/env node' } : {},
    define: { __AGENT_VERSION__: JSON.stringify(version) },
    logOverride: { 'empty-import-meta': 'silent' },
  })
  return Buffer.from(outputFiles[0].contents)
}
