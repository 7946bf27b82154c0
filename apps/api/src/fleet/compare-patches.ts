import { compareQuery, type PatchComparison, patchComparison, problem } from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { type PatchKept, readEntries } from './patch-counts.ts'

type Fn = { object: string; name: string }

const functionsOf = (kept: PatchKept | null): Map<string, Fn> | null =>
  kept?.objects
    ? new Map(
        kept.objects.flatMap(({ name: object, functions }) =>
          functions.map((name) => [`${object} ${name}`, { object, name }] as const),
        ),
      )
    : null

const without = <T>(all: ReadonlyMap<string, T>, others: ReadonlyMap<string, T>): T[] =>
  [...all].filter(([key]) => !others.has(key)).map(([, value]) => value)

const cvesOf = (kept: PatchKept | null): Map<string, string> | null =>
  kept?.cves ? new Map(kept.cves.map((cve) => [cve, cve])) : null

/** Two patches side by side; a list is null where one of them never said what it changes. Throws NOT_FOUND. */
export async function comparePatches(
  db: Pick<pg.Pool, 'query'>,
  ids: { a: string; b: string },
): Promise<PatchComparison> {
  const entryOf = await readEntries(db, [ids.a, ids.b])
  const [a, b] = [entryOf(ids.a), entryOf(ids.b)]
  const [ofA, ofB] = [functionsOf(a.kept), functionsOf(b.kept)]
  const [cvesA, cvesB] = [cvesOf(a.kept), cvesOf(b.kept)]
  const onlyA = ofA && ofB && without(ofA, ofB)
  return {
    a: a.entry,
    b: b.entry,
    onlyA,
    onlyB: ofA && ofB && without(ofB, ofA),
    both: ofA && onlyA && ofA.size - onlyA.length,
    cvesOnlyA: cvesA && cvesB && without(cvesA, cvesB),
    cvesOnlyB: cvesA && cvesB && without(cvesB, cvesA),
    now: new Date().toISOString(),
  }
}

export async function patchComparisonRoute(
  app: FastifyInstance,
  { pool }: Pick<Deps, 'pool'>,
): Promise<void> {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/patches/compare',
    {
      config: { access: 'fleet:read' },
      schema: {
        tags: ['fleet'],
        summary: 'Two patches side by side',
        querystring: compareQuery,
        response: { 200: patchComparison, 400: problem, 401: problem, 404: problem },
      },
    },
    (request) => comparePatches(pool, request.query),
  )
}
