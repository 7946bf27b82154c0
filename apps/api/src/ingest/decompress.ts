import type { Duplex } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { preParsingAsyncHookHandler } from 'fastify'
import { ProblemError } from '../http/problem.ts'

/** A map, not an object: `content-encoding: constructor` must find nothing. */
const decoders = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['zstd', createZstdDecompress],
  ['deflate', createInflate],
])

/**
 * Bodies in gzip, zstd or deflate. Fastify counts what comes out of here against the body limit as it streams, so a small body
 * that unfolds into gigabytes ends at the limit.
 */
export const decompressBody: preParsingAsyncHookHandler = async (request, _reply, payload) => {
  const encoding = request.headers['content-encoding']?.toLowerCase()
  if (encoding === undefined || encoding === 'identity') return payload
  const create = decoders.get(encoding)
  if (!create)
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', {
      detail: 'The body is compressed in a way this server does not know.',
      remedy: 'Use gzip, zstd or no compression.',
      fields: [{ field: 'content-encoding', message: 'must be gzip, zstd, deflate or identity' }],
    })
  const decoder = create()
  let encodedLength = 0
  payload.on('data', (chunk: Buffer) => {
    encodedLength += chunk.length
    // Fastify compares this with content-length and with the limit.
    Object.assign(decoder, { receivedEncodedLength: encodedLength })
  })
  payload.on('error', (error: Error) => decoder.destroy(error))
  decoder.on('close', () => payload.unpipe(decoder))
  return payload.pipe(decoder)
}
