/** A value of a header: its type in rpm's numbering, how many, its bytes, and where those may start. */
interface Value {
  type: number
  count: number
  bytes: Buffer
  align: number
}

/** Tag and value. */
export type HeaderEntry = readonly [tag: number, value: Value]

const terminated = (texts: readonly string[]): Buffer =>
  Buffer.from(texts.map((text) => `${text}\0`).join(''))

export const string = (text: string): Value => ({ type: 6, count: 1, bytes: terminated([text]), align: 1 })
export const strings = (...texts: string[]): Value => ({
  type: 8,
  count: texts.length,
  bytes: terminated(texts),
  align: 1,
})
/** A text in the one language there is. */
export const localized = (text: string): Value => ({ type: 9, count: 1, bytes: terminated([text]), align: 1 })
export const bin = (bytes: Buffer): Value => ({ type: 7, count: bytes.length, bytes, align: 1 })

export function int16(...values: number[]): Value {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value & 0xffff, index * 2)
  })
  return { type: 3, count: values.length, bytes, align: 2 }
}

export function int32(...values: number[]): Value {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, index * 4)
  })
  return { type: 4, count: values.length, bytes, align: 4 }
}

/**
 * A header structure: magic, an index sorted by tag, the values. It is one immutable region, named by `regionTag`: its entry comes
 * first in the index and its value, an index entry that points back over all of them, last in the store.
 */
export function header(regionTag: number, entries: readonly HeaderEntry[]): Buffer {
  const index: Buffer[] = []
  const store: Buffer[] = []
  let offset = 0
  const add = (bytes: Buffer): void => {
    store.push(bytes)
    offset += bytes.length
  }
  for (const [tag, { type, count, bytes, align }] of [...entries].sort(([a], [b]) => a - b)) {
    add(Buffer.alloc((align - (offset % align)) % align))
    index.push(indexEntry(tag, type, offset, count))
    add(bytes)
  }
  const entryCount = entries.length + 1
  index.unshift(indexEntry(regionTag, 7, offset, 16))
  add(indexEntry(regionTag, 7, -entryCount * 16, 16))
  const intro = Buffer.alloc(16)
  intro.writeUInt32BE(0x8eade801, 0)
  intro.writeUInt32BE(entryCount, 8)
  intro.writeUInt32BE(offset, 12)
  return Buffer.concat([intro, ...index, ...store])
}

function indexEntry(tag: number, type: number, offset: number, count: number): Buffer {
  const entry = Buffer.alloc(16)
  entry.writeUInt32BE(tag, 0)
  entry.writeUInt32BE(type, 4)
  entry.writeInt32BE(offset, 8)
  entry.writeUInt32BE(count, 12)
  return entry
}
