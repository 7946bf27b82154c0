interface CpioEntry {
  /** Absolute. */
  path: string
  /** With the bits of its kind. */
  mode: number
  content: Buffer
}

/** A cpio archive of the kind "newc", as rpm reads its payload: paths with a leading `./`, inodes counted from 1. */
export function cpio(entries: readonly CpioEntry[], epochSeconds: number): Buffer {
  const parts = entries.flatMap((entry, index) => member(`.${entry.path}`, entry, index + 1, epochSeconds))
  const end = member('TRAILER!!!', { mode: 0, content: Buffer.alloc(0) }, 0, 0)
  return Buffer.concat([...parts, ...end])
}

function member(
  name: string,
  { mode, content }: Pick<CpioEntry, 'mode' | 'content'>,
  inode: number,
  epochSeconds: number,
): Buffer[] {
  const hex = (value: number): string => value.toString(16).padStart(8, '0')
  const fields = [inode, mode, 0, 0, 1, epochSeconds, content.length, 0, 0, 0, 0, name.length + 1, 0]
  const head = Buffer.from(`070701${fields.map(hex).join('')}${name}\0`)
  return [padded(head), padded(content)]
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
