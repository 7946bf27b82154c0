import type { Band, Chunk } from './cells.ts'
import { chunksOf } from './cells.ts'

type LaneProps = {
  band: Band
  /** Whether this is the lane that tasks leave, or the one they come to. */
  side: 'leaving' | 'arriving'
  /** Edge of a cell in pixels. */
  size: number
  /** Counts the readings; from the second on, changes may move. */
  reading: number
}

/** One lane of one band: a cell where a task is, a dot in the place it left or has yet to take. */
export function Lane({ band, side, size, reading }: LaneProps) {
  return (
    <div className="flex flex-wrap gap-y-px">
      {chunksOf(band.cells, size).map((chunk, index) => (
        // Chunks are cut from a fixed order, so their place is their identity.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Picture key={index} chunk={chunk} side={side} size={size} reading={reading} />
      ))}
    </div>
  )
}

function Picture({ chunk, side, size, reading }: { chunk: Chunk } & Omit<LaneProps, 'band'>) {
  const still: string[] = []
  const places: string[] = []
  const frames: string[] = []
  const moving: { x: number; d: string }[] = []
  for (const cell of chunk.cells) {
    const share = side === 'arriving' ? cell.level : 1 - cell.level
    if (share === 0) places.push(dot(cell.x, size))
    else if (share < 1) frames.push(`M${cell.x + 0.5} 0.5h${size - 1}v${size - 1}h-${size - 1}z`)
    if (share === 0) continue
    if (cell.crossing && side === 'arriving') moving.push({ x: cell.x, d: block(cell.x, size, 1) })
    else still.push(block(cell.x, size, share))
  }
  const cells = still.join('')
  return (
    <svg
      viewBox={`0 0 ${chunk.width} ${size}`}
      width={chunk.width}
      height={size}
      className="overflow-visible"
      aria-hidden="true"
    >
      {places.length > 0 && <path d={places.join('')} className="fill-control opacity-45" />}
      {/* A process that is in both universes at once: its frame says how much of it is here. */}
      {frames.length > 0 && <path d={frames.join('')} className="fill-none stroke-control" />}
      {/* A new key starts the cross-fade of what changed without moving. */}
      {cells !== '' && (
        <path key={cells} d={cells} className={reading > 0 ? 'cell-fade fill-(--cell)' : 'fill-(--cell)'} />
      )}
      {moving.map(({ x, d }) => (
        <path key={`${reading}:${x}`} d={d} className="cell-cross fill-(--cell)" />
      ))}
    </svg>
  )
}

/** A cell with its corners taken off, filled from below to `share`. */
function block(x: number, size: number, share: number): string {
  const height = Math.max(1, Math.round(size * share))
  const inner = size - 2
  if (height < size) return `M${x} ${size - height}h${size}v${height}h-${size}z`
  return `M${x + 1} 0h${inner}l1 1v${inner}l-1 1h-${inner}l-1-1v-${inner}z`
}

function dot(x: number, size: number): string {
  const middle = size / 2 - 0.75
  return `M${x + middle} ${middle}h1.5v1.5h-1.5z`
}
