/** A regular file in a tar archive; its folders are added by themselves. */
export interface TarEntry {
  /** Relative, with a leading `./`; at most 100 bytes, which all of ours are. */
  path: string
  mode: number
  content: Buffer
}

/** An uncompressed ustar archive of these files and their folders, all of it root's. Throws RangeError for a longer path. */
export function tar(entries: readonly TarEntry[], epochSeconds: number): Buffer {
  const folders = new Set<string>(['./'])
  for (const { path } of entries)
    for (let slash = path.indexOf('/', 2); slash > 0; slash = path.indexOf('/', slash + 1))
      folders.add(path.slice(0, slash + 1))
  const blocks = [...folders].sort().map((path) => header(path, 0o755, 0, '5', epochSeconds))
  for (const { path, mode, content } of entries) {
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
    blocks.push(header(path, mode, content.length, '0', epochSeconds), content, padding)
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(path: string, mode: number, size: number, type: '0' | '5', epochSeconds: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for a tar of this kind`)
  const block = Buffer.alloc(512)
  const octal = (value: number, offset: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset)
  }
  block.write(path, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(epochSeconds, 136, 12)
  block.write(' '.repeat(8), 148)
  block.write(type, 156)
  block.write('ustar\x0000', 257)
  block.write('root', 265)
  block.write('root', 297)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
