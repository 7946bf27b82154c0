import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ProblemError } from '../http/problem.ts'

const agent = new URL('../../../agent/', import.meta.url)
/** Where `npm run package` puts what it builds. */
const packages = new URL('../../../../dist/', import.meta.url)

/** What the agent consists of beside its program, as they are in the repository. */
const texts: Record<string, URL> = {
  'graftwatch-agent.service': new URL('packaging/graftwatch-agent.service', agent),
  'graftwatch-agent.sysusers': new URL('packaging/graftwatch-agent.sysusers', agent),
  'graftwatch-agent.sh': new URL('packaging/graftwatch-agent.sh', agent),
  'graftwatch-agent.progress.conf': new URL('packaging/levels/progress.conf', agent),
  'graftwatch-agent.causes.conf': new URL('packaging/levels/causes.conf', agent),
  'graftwatch-agent.full.conf': new URL('packaging/levels/full.conf', agent),
}
const bundle = new URL('dist/graftwatch-agent.mjs', agent)
const packageName = /^graftwatch-agent[A-Za-z0-9._~+-]{1,100}\.(gz|deb|rpm)$/

/** The agent as one file. Throws ProblemError (NOT_FOUND) when it is not built here. */
export async function readBundle(): Promise<Buffer> {
  try {
    return await readFile(bundle)
  } catch (cause) {
    throw new ProblemError('NOT_FOUND', {
      detail: 'The agent is not built on this server.',
      remedy: 'Run `npm start` or `npm run build --workspace apps/agent` there.',
      cause,
    })
  }
}

/** `checksum  name`, as sha256sum reads it, of every file offered here; executables and packages only if they were built. */
export async function checksums(): Promise<string> {
  const lines = [checksumLine('graftwatch-agent.mjs', await readBundle())]
  for (const [name, url] of Object.entries(texts)) lines.push(checksumLine(name, await readFile(url)))
  return [...lines, ...(await packagedSums())].join('')
}

/** A file that {@link checksums} lists, as a stream. Throws ProblemError (NOT_FOUND) for any other name. */
export async function openOffered(name: string): Promise<{ stream: Readable; bytes: number }> {
  const url = name === 'graftwatch-agent.mjs' ? bundle : Object.hasOwn(texts, name) ? texts[name] : null
  const packed = packageName.test(name) && (await packagedSums()).some((line) => line.slice(66, -1) === name)
  const place = url ?? (packed ? new URL(name, packages) : null)
  if (place === null)
    throw new ProblemError('NOT_FOUND', {
      detail: 'This server offers no such form of the agent.',
      remedy:
        'GET /agent/SHA256SUMS lists what it has. `npm run package` on it builds executables and packages.',
    })
  const { size } = await stat(place)
  return { stream: createReadStream(place), bytes: size }
}

export const checksumLine = (name: string, content: Buffer): string =>
  `${createHash('sha256').update(content).digest('hex')}  ${name}\n`

/** Lines of what was built, but for the single file, which is the one of this server. [] when nothing was. */
async function packagedSums(): Promise<string[]> {
  const text = await readFile(new URL('SHA256SUMS', packages), 'utf8').catch(() => '')
  return (text.match(/^[0-9a-f]{64} {2}\S+\n/gm) ?? []).filter((line) => packageName.test(line.slice(66, -1)))
}
