import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'graftwatch channel secrets', 32))

const boundTo = (channelId: string): Buffer => Buffer.from(`channel:${channelId}`)

/** The secret of a channel is there and cannot be read: GRAFTWATCH_SECRET is another one than when it was written. */
export class SecretUnreadable extends Error {
  override name = 'SecretUnreadable'

  constructor() {
    super(
      'The secret of this channel cannot be opened, since GRAFTWATCH_SECRET has changed. Enter the secret again.',
    )
  }
}

/**
 * What is kept of a channel's secret: nonce, tag and text of AES-256-GCM, under a key that HKDF makes of GRAFTWATCH_SECRET. It opens
 * for this channel alone, so that a row copied to another channel is of no use.
 */
export function sealSecret(text: string, channelId: string, secret: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce).setAAD(boundTo(channelId))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** Throws SecretUnreadable, also for bytes that somebody changed. */
export function openSecret(sealed: Buffer, channelId: string, secret: string): string {
  const nonce = sealed.subarray(0, nonceBytes)
  const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), nonce, { authTagLength: tagBytes })
      .setAAD(boundTo(channelId))
      .setAuthTag(tag)
    return Buffer.concat([
      decipher.update(sealed.subarray(nonceBytes + tagBytes)),
      decipher.final(),
    ]).toString('utf8')
  } catch {
    throw new SecretUnreadable()
  }
}
