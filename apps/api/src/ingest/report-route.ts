import { hostReport, type IngestAnswer, ingestAnswer, problem, reportLimitBytes } from '@graftwatch/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import type { Place } from './report-room.ts'
import { intervalOf } from './reports.ts'
import { requireSaneSequence } from './sequence.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What this report takes of the room for reports; null on every other route. */
    place: Place | null
    /** Length of the body of a report after decompression. */
    bodyBytes: number
  }
}

const answer = (fields: IngestAnswer) => fields

/** The host's clock when it sent, from its Date header; null when it has none. */
function sentAtOf(request: FastifyRequest): number | null {
  const at = Date.parse(request.headers.date ?? '')
  return Number.isNaN(at) ? null : at
}

/** POST /v1/reports. What a report takes of memory is counted before its body is read, and until it is answered. */
export async function reportRoute(
  app: FastifyInstance,
  { reports, heartbeats, keys }: Pick<Deps, 'reports' | 'heartbeats' | 'keys'>,
): Promise<void> {
  app.decorateRequest('place', null)
  app.decorateRequest('bodyBytes', 0)
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      request.bodyBytes = Buffer.byteLength(body)
      request.place?.resize(request.bodyBytes)
    } catch (error) {
      return done(error as Error)
    }
    return parseJson(request, body, done)
  })

  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/reports',
    {
      helmet: false,
      config: {
        access: 'host',
        rateLimit: {
          // An agent sends 12 a minute while a patch moves; a spool that drains faster waits as Retry-After says.
          max: 120,
          timeWindow: 60_000,
          keyGenerator: (request: FastifyRequest) => request.hostId,
        },
      },
      bodyLimit: reportLimitBytes,
      schema: {
        tags: ['agents'],
        summary: 'A full reading of one host; answered after it is committed',
        security: [{ hostKey: [] }],
        body: hostReport,
        response: {
          200: ingestAnswer,
          400: problem,
          401: problem,
          413: problem,
          429: problem,
          503: problem,
        },
      },
      onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
        const length = Number(request.headers['content-length'] ?? 0)
        const place = reports.room.enter(request.hostId, Math.min(length || 0, reportLimitBytes))
        request.place = place
        // Also when the host hangs up: then nothing is answered.
        reply.raw.once('close', () => place.leave())
      },
      onResponse: async (request: FastifyRequest) => request.place?.leave(),
    },
    async (request) => {
      const { hostId, body: report, bodyBytes: bytes } = request
      requireSaneSequence(report.sequence, keys.sequenceOf(hostId))
      await reports.add({ hostId, report, receivedAt: Date.now(), sentAt: sentAtOf(request), bytes })
      return answer({
        nextIntervalSeconds: intervalOf(report, Math.max(reports.pressure, heartbeats.pressure)),
        sendReport: false,
        lastSequence: keys.sequenceOf(hostId),
      })
    },
  )
}
