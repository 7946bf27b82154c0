import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  contentsOf,
  description,
  homepage,
  maintainer,
  ownFolders,
  type PackageFacts,
  type Program,
  scriptPrelude,
  summary,
} from './contents.ts'
import { cpio } from './cpio.ts'
import { bin, type HeaderEntry, header, int16, int32, localized, string, strings } from './rpm-header.ts'

/**
 * An RPM package (version 3 of the format, as rpm 4.x writes and reads it), the same bytes for the same input and not signed.
 * Written here since rpmbuild is not on every machine that builds. Format: docs/manual/format_v4.md of rpm, tags: lib/rpmtag.h.
 */
export function rpm(program: Program, facts: PackageFacts): { name: string; content: Buffer } {
  const files = contentsOf(program)
  const { version, epochSeconds } = facts
  const arch = facts.arch === null ? 'noarch' : { x64: 'x86_64', arm64: 'aarch64' }[facts.arch]
  const entries = [
    ...ownFolders.map((path) => ({ path, mode: 0o040755, content: Buffer.alloc(0), isSettings: false })),
    ...files.map((file) => ({ ...file, mode: 0o100000 | file.mode, isSettings: file.isSettings ?? false })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1))
  const isFolder = (mode: number): boolean => (mode & 0o170000) === 0o040000
  const archive = cpio(entries, epochSeconds)
  const payload = gzipSync(archive, { level: 6 })
  const installed = files.reduce((bytes, { content }) => bytes + content.length, 0)
  const folders = [...new Set(entries.map(({ path }) => `${posix.dirname(path)}/`))]
  const needs = requirements(facts)
  const all = <T>(value: T): T[] => entries.map(() => value)

  const tags: HeaderEntry[] = [
    [100, strings('C')],
    [1000, string('graftwatch-agent')],
    [1001, string(version)],
    [1002, string('1')],
    [1004, localized(summary)],
    [1005, localized(description)],
    [1006, int32(epochSeconds)],
    [1007, string('localhost')],
    [1009, int32(installed)],
    [1014, string('Apache-2.0')],
    [1015, string(maintainer)],
    [1016, localized('System Environment/Daemons')],
    [1020, string(homepage)],
    [1021, string('linux')],
    [1022, string(arch)],
    [1024, string(`${scriptPrelude()}if [ "$1" -gt 1 ]; then after_upgrade; else after_install; fi\n`)],
    [1025, string(`${scriptPrelude()}if [ "$1" = 0 ]; then before_removal; fi\n`)],
    [1026, string(`${scriptPrelude()}if [ "$1" = 0 ]; then erase_all; after_removal; fi\n`)],
    [1028, int32(...entries.map(({ content, mode }) => (isFolder(mode) ? 4096 : content.length)))],
    [1030, int16(...entries.map(({ mode }) => mode))],
    [1033, int16(...all(0))],
    [1034, int32(...all(epochSeconds))],
    [1035, strings(...entries.map(({ content, mode }) => (isFolder(mode) ? '' : sha256(content))))],
    [1036, strings(...all(''))],
    // %config(noreplace): what a person wrote stays, and the new one lies beside it.
    [1037, int32(...entries.map(({ isSettings }) => (isSettings ? 1 | 16 : 0)))],
    [1039, strings(...all('root'))],
    [1040, strings(...all('root'))],
    [1044, string(`graftwatch-agent-${version}-1.src.rpm`)],
    [1045, int32(...all(-1))],
    [1047, strings('graftwatch-agent')],
    [1048, int32(...needs.map(({ flags }) => flags))],
    [1049, strings(...needs.map(({ name }) => name))],
    [1050, strings(...needs.map(({ version: needed }) => needed))],
    [1064, string('4.14.0')],
    [1086, string('/bin/sh')],
    [1087, string('/bin/sh')],
    [1088, string('/bin/sh')],
    [1095, int32(...all(1))],
    [1096, int32(...entries.map((_, index) => index + 1))],
    [1097, strings(...all(''))],
    [1112, int32(8)],
    [1113, strings(`${version}-1`)],
    [1116, int32(...entries.map(({ path }) => folders.indexOf(`${posix.dirname(path)}/`)))],
    [1117, strings(...entries.map(({ path }) => posix.basename(path)))],
    [1118, strings(...folders)],
    [1124, string('cpio')],
    [1125, string('gzip')],
    [1126, string('6')],
    [5011, int32(8)],
    [5062, string('utf-8')],
    [5092, strings(sha256(payload))],
    [5093, int32(8)],
  ]
  const main = header(63, tags)
  const digest = (algorithm: string, ...parts: Buffer[]) => {
    const hash = createHash(algorithm)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const signature = header(62, [
    [269, string(digest('sha1', main).toString('hex'))],
    [273, string(digest('sha256', main).toString('hex'))],
    [1000, int32(main.length + payload.length)],
    [1004, bin(digest('md5', main, payload))],
    [1007, int32(archive.length)],
  ])
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8)
  const name = `graftwatch-agent-${version}-1.${arch}`
  return { name: `${name}.rpm`, content: Buffer.concat([lead(name), signature, padding, main, payload]) }
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

const lessOrEqual = 8 | 2
const greaterOrEqual = 8 | 4
const scriptPost = 1 << 10
const rpmlib = 1 << 24

function requirements({ arch }: PackageFacts): { name: string; flags: number; version: string }[] {
  const programs =
    arch === null
      ? [{ name: 'nodejs', flags: greaterOrEqual, version: '18' }]
      : [
          { name: 'libc.so.6(GLIBC_2.28)(64bit)', flags: 0, version: '' },
          { name: 'libstdc++.so.6()(64bit)', flags: 0, version: '' },
        ]
  const lib = (name: string, version: string) => ({
    name: `rpmlib(${name})`,
    flags: rpmlib | lessOrEqual,
    version,
  })
  return [
    { name: '/bin/sh', flags: scriptPost, version: '' },
    { name: '/bin/sh', flags: 0, version: '' },
    ...programs,
    lib('CompressedFileNames', '3.0.4-1'),
    lib('FileDigests', '4.6.0-1'),
    lib('PayloadFilesHavePrefix', '4.0-1'),
  ]
}

/** What came before the header, kept for `file`; rpm looks at its magic and the kind of signature alone. */
function lead(name: string): Buffer {
  const block = Buffer.alloc(96)
  block.writeUInt32BE(0xedabeedb, 0)
  block.writeUInt8(3, 4)
  block.writeUInt16BE(1, 8)
  block.write(name.slice(0, 65), 10)
  block.writeUInt16BE(1, 76)
  block.writeUInt16BE(5, 78)
  return block
}
