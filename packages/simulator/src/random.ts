import { createHash } from 'node:crypto'

/** Numbers in [0, 1) that repeat for the same seed. */
export type Random = () => number

/** A seeded generator (mulberry32): fast, small, and the same on every machine; not for secrets. */
export const seededRandom = (seed: string): Random => {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Hex digits that repeat for the same seed; for machine ids, source versions and the like. */
export const seededHex = (seed: string, digits: number): string =>
  createHash('sha256').update(seed).digest('hex').slice(0, digits)

/** A UUID (version 4 in form) that repeats for the same seed; for boot ids. */
export const seededUuid = (seed: string): string => {
  const hex = seededHex(seed, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
