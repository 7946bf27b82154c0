// Bundles the agent into one file without dependencies. The same sources and esbuild give the same bytes. Node 18 is what
// distributions ship.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Of the agent's package.json. */
export const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))

/**
 * Node's modules are required by either form, never imported: an import reads every name that a module exports, and some of these
 * load another part of Node when they are read (`http.WebSocket` all of undici), 2.6 MiB that stay for good.
 */
const startOfModule = `#!/usr/bin/env node
import{createRequire}from'node:module';const require=createRequire(import.meta.url);`

/** The bytes of the bundle: `esm` for Node as it is, `cjs` for inside of an executable. */
export async function bundle(format = 'esm') {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['src/entry.ts'],
    outfile: 'agent.js',
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    // One character that is not ASCII, and Node keeps the text of the file at two bytes a character.
    charset: 'ascii',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: format === 'esm' ? { js: startOfModule } : {},
    define: { __AGENT_VERSION__: JSON.stringify(version) },
    logOverride: { 'empty-import-meta': 'silent' },
  })
  return Buffer.from(outputFiles[0].contents)
}
