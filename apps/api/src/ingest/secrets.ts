import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a secret of ours. They are 32 random bytes, so a slow hash would protect nothing. */
export const digestOf = (secret: string): Buffer => hash('sha256', secret, 'buffer')

export const isSameDigest = (a: Uint8Array, b: Uint8Array): boolean => timingSafeEqual(a, b)

/** `gwh_<host id>_<43 characters>`: the key names its host, so that looking it up is one index. */
export const newHostKey = (hostId: number): string => `gwh_${hostId}_${randomBytes(32).toString('base64url')}`

export const newEnrollmentToken = (): string => `gwe_${randomBytes(24).toString('base64url')}`

const keyPattern = /^gwh_([1-9]\d{0,8})_[A-Za-z0-9_-]{43}$/

/** The host a key claims to be of, or null when it is not a key of ours. */
export function hostIdOf(key: string): number | null {
  const match = keyPattern.exec(key)
  return match ? Number(match[1]) : null
}
