/** A state hash as the 64-bit number it is; 0 stands for "none", which no heartbeat matches by chance. */
export const parseStateHash = (hex: string | undefined): bigint => (hex ? BigInt(`0x${hex}`) : 0n)

/** As PostgreSQL's signed bigint. */
export const toSigned = (hash: bigint): string => BigInt.asIntN(64, hash).toString()
