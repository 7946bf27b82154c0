import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  contentsOf,
  description,
  homepage,
  maintainer,
  type PackageFacts,
  type Program,
  scriptPrelude,
  summary,
} from './contents.ts'
import { type TarEntry, tar } from './tar.ts'

/**
 * A Debian package, the same bytes for the same input. Written here since dpkg-deb is not on every machine that builds: an `ar`
 * of a version and two tar files. Format: deb(5). gzip is what every dpkg unpacks.
 */
export function deb(program: Program, facts: PackageFacts): { name: string; content: Buffer } {
  const files = contentsOf(program)
  const architecture = facts.arch === null ? 'all' : { x64: 'amd64', arm64: 'arm64' }[facts.arch]
  const installedKib = Math.ceil(files.reduce((bytes, { content }) => bytes + content.length, 0) / 1024)
  const control = `Package: graftwatch-agent
Version: ${facts.version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installedKib}
Depends: ${facts.arch === null ? 'nodejs (>= 18)' : 'libc6 (>= 2.28), libstdc++6, libgcc-s1 | libgcc1'}
Section: admin
Priority: optional
Homepage: ${homepage}
Description: ${summary}
${description.replaceAll(/^/gm, ' ')}
`
  const md5 = (content: Buffer): string => createHash('md5').update(content).digest('hex')
  const scripts = scriptPrelude()
  const text = (path: string, content: string, mode = 0o644): TarEntry => ({
    path,
    mode,
    content: Buffer.from(content),
  })
  const controlFiles = tar(
    [
      text('./control', control),
      text(
        './conffiles',
        `${files.flatMap(({ path, isSettings }) => (isSettings ? [path] : [])).join('\n')}\n`,
      ),
      text('./md5sums', files.map(({ path, content }) => `${md5(content)}  ${path.slice(1)}\n`).join('')),
      text(
        './postinst',
        `#!/bin/sh\n${scripts}if [ "$1" = configure ]; then if [ -z "$2" ]; then after_install; else after_upgrade; fi; fi\n`,
        0o755,
      ),
      text('./prerm', `#!/bin/sh\n${scripts}if [ "$1" = remove ]; then before_removal; fi\n`, 0o755),
      text(
        './postrm',
        `#!/bin/sh\n${scripts}case "$1" in remove) after_removal ;; purge) erase_all; after_removal ;; esac\n`,
        0o755,
      ),
    ],
    facts.epochSeconds,
  )
  const data = tar(
    files.map(({ path, mode, content }) => ({ path: `.${path}`, mode, content })),
    facts.epochSeconds,
  )
  const content = ar(
    [
      ['debian-binary', Buffer.from('2.0\n')],
      ['control.tar.gz', gzipSync(controlFiles, { level: 6 })],
      ['data.tar.gz', gzipSync(data, { level: 6 })],
    ],
    facts.epochSeconds,
  )
  return { name: `graftwatch-agent_${facts.version}_${architecture}.deb`, content }
}

function ar(members: [string, Buffer][], epochSeconds: number): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${String(epochSeconds).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.from(content.length % 2 === 0 ? '' : '\n'),
  ])
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}
