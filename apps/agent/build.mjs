// Writes the agent as one file, dist/graftwatch-agent.mjs, and its checksum as sha256sum prints it.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './packaging/bundle.mjs'

const outfile = process.argv[2] ?? fileURLToPath(new URL('dist/graftwatch-agent.mjs', import.meta.url))
const content = await bundle()
mkdirSync(dirname(outfile), { recursive: true })
writeFileSync(outfile, content)
chmodSync(outfile, 0o755)
const checksum = createHash('sha256').update(content).digest('hex')
writeFileSync(`${outfile}.sha256`, `${checksum}  graftwatch-agent.mjs\n`)
process.stdout.write(`${outfile}: ${(content.length / 1000).toFixed(1)} kB\n`)
