/**
 * Files of live patch modules: what their paths and their own `.modinfo` say. Pure, never throws.
 */

/** The name the kernel lists a module file under: without directories and endings, `-` as `_`. Null when it is no module. */
export function moduleNameOf(path: string): string | null {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const match = /^(.{1,120})\.ko(?:\.(?:gz|xz|zst))?$/.exec(base)
  return match?.[1]?.replaceAll('-', '_') ?? null
}

/**
 * The kernel release a module file belongs to, by the directory it lies in: `/var/lib/kpatch/<release>/`, `/usr/lib/kpatch/`,
 * `/usr/lib/livepatch/`, `/usr/lib/livepatching/`, `/lib/modules/<release>/…`. Null elsewhere.
 */
export function releaseOfModuleFile(path: string): string | null {
  return (
    /\/(?:kpatch|livepatch|livepatching)\/(\d[^/]{1,127})\/[^/]+$/.exec(path)?.[1] ??
    /\/lib\/modules\/(\d[^/]{1,127})\//.exec(path)?.[1] ??
    null
  )
}

/** `key=value` texts of a `.modinfo` section, NUL between them; of keys that repeat, the first. */
export function parseModinfo(section: Uint8Array): Map<string, string> {
  const values = new Map<string, string>()
  for (const entry of new TextDecoder().decode(section).split('\u0000')) {
    const equals = entry.indexOf('=')
    if (equals > 0 && !values.has(entry.slice(0, equals)))
      values.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return values
}

/** Reads a part of a file; fewer bytes where it ends. */
export type ReadAt = (offset: number, length: number) => Uint8Array

const maxSections = 65_536
const maxNames = 4 * 1024 * 1024
const maxModinfo = 64 * 1024

/**
 * The `.modinfo` section of a 64-bit ELF file of either byte order; null when there is none, or the file is none (compressed
 * modules are not unpacked). Patch modules have many thousand sections, so only headers and names are read. Source: elf(5).
 */
export function findModinfo(readAt: ReadAt): Map<string, string> | null {
  const header = view(readAt(0, 64))
  if (header.byteLength < 64 || header.getUint32(0) !== 0x7f454c46 || header.getUint8(4) !== 2) return null
  const little = header.getUint8(5) === 1
  const tableAt = Number(header.getBigUint64(40, little))
  const entrySize = header.getUint16(58, little)
  let count = header.getUint16(60, little)
  let namesIndex = header.getUint16(62, little)
  if (entrySize !== 64 || !Number.isSafeInteger(tableAt)) return null
  // More sections than 16 bits hold: the first header keeps the true numbers.
  if (count === 0 || namesIndex === 0xffff) {
    const first = view(readAt(tableAt, 64))
    if (first.byteLength < 64) return null
    if (count === 0) count = Number(first.getBigUint64(32, little))
    if (namesIndex === 0xffff) namesIndex = first.getUint32(40, little)
  }
  if (count > maxSections || namesIndex >= count) return null
  const table = view(readAt(tableAt, count * entrySize))
  const sectionAt = (index: number): { name: number; at: number; size: number } | null => {
    const start = index * entrySize
    if (start + 64 > table.byteLength) return null
    return {
      name: table.getUint32(start, little),
      at: Number(table.getBigUint64(start + 24, little)),
      size: Number(table.getBigUint64(start + 32, little)),
    }
  }
  const names = sectionAt(namesIndex)
  if (names === null || names.size > maxNames || !Number.isSafeInteger(names.at)) return null
  const text = readAt(names.at, names.size)
  for (let index = 0; index < count; index++) {
    const section = sectionAt(index)
    if (section === null) return null
    if (!isModinfo(text, section.name)) continue
    if (section.size > maxModinfo || !Number.isSafeInteger(section.at)) return null
    return parseModinfo(readAt(section.at, section.size))
  }
  return null
}

const wantedName = new TextEncoder().encode('.modinfo\u0000')

const isModinfo = (names: Uint8Array, at: number): boolean =>
  wantedName.every((code, index) => names[at + index] === code)

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
