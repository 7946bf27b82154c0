import { pipeline } from 'node:stream'
import { exportColumns, exportQuery, problem } from '@graftwatch/contract'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { exportFormats, exportRowOf } from './export-formats.ts'
import { openExport } from './export-rows.ts'
import { ExportSlots } from './export-slots.ts'
import { resolvePast, slow } from './past.ts'

/** The instant in a file name: no colons, which some systems refuse. */
const stamp = (at: Date) => at.toISOString().slice(0, 16).replace('T', '-').replace(':', '')

export async function exportHosts(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'slowPool' | 'config'>,
): Promise<void> {
  const slots = new ExportSlots()
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/hosts/export',
    {
      exposeHeadRoute: false,
      config: { access: 'fleet:export' },
      schema: {
        tags: ['fleet'],
        summary: 'Every matching host as CSV or JSON, streamed',
        querystring: exportQuery,
        response: { 400: problem, 401: problem, 429: problem, 503: problem },
      },
    },
    async ({ query, viewer }, reply) => {
      if (!viewer) throw new Error('access let nobody through')
      const columns = query.columns?.length ? query.columns : exportColumns
      const free = slots.take(viewer.id)
      const open = async () => {
        const view = await resolvePast(deps.pool, query, deps.config.retention.eventDays)
        return { view, ...(await openExport(slow(deps), query, view, (host) => exportRowOf(columns, host))) }
      }
      const { view, rows, closed } = await open().catch((error: unknown) => {
        free()
        throw error
      })
      void closed.then(free)
      const { mediaType, text } = exportFormats[query.format]
      const name = `graftwatch-hosts-${stamp(view ? new Date(view.asOf) : new Date())}.${query.format}`
      return (
        (reply as FastifyReply)
          .type(mediaType)
          .header('content-disposition', `attachment; filename="${name}"`)
          .header('cache-control', 'no-store')
          .serializer(String)
          // Whichever end breaks ends the other; the reader sees a file that stops without its end.
          .send(pipeline(rows, text(columns), () => {}))
      )
    },
  )
}
