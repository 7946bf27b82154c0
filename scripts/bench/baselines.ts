import { Worker } from 'node:worker_threads'
import Fastify from 'fastify'
import type pg from 'pg'
import type { LoadPlan, LoadResult } from './load.ts'

/** Runs the load generator in a thread of its own. */
export function generate(plan: LoadPlan): Promise<LoadResult> {
  const worker = new Worker(new URL('./load.ts', import.meta.url), { workerData: plan })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/**
 * A bare Fastify route that parses the same bodies and answers the same bytes: no key, no schema, no database. It runs in a
 * process of its own, as the API does.
 */
if (process.argv[2] === 'bare-route') {
  const app = Fastify({ bodyLimit: 2 ** 20 })
  const answer = '{"nextIntervalSeconds":60,"sendReport":true,"lastSequence":1}'
  for (const path of ['/v1/heartbeats', '/v1/reports'])
    app.post(path, async (_request, reply) => reply.header('content-type', 'application/json').send(answer))
  process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
}

/** Rows per second of nothing but the ordered upsert of last words, 2,000 a statement, in a loop on one connection. */
export async function bareHeartbeatUpsert(pool: pg.Pool, hosts: number, seconds: number): Promise<number> {
  const size = Math.min(2000, hosts)
  const endsAt = performance.now() + seconds * 1000
  const begunAt = performance.now()
  let rows = 0
  for (let first = 1; performance.now() < endsAt; first = first + size > hosts ? 1 : first + size) {
    const ids = Array.from({ length: Math.min(size, hosts - first + 1) }, (_unused, index) => first + index)
    await pool.query({
      name: 'bare-upsert',
      text: `insert into host_seen as s (host_id, last_seen_at, sequence, interval_seconds)
             select u.id, now(), 0, 60 from unnest($1::bigint[]) as u (id) order by 1
             on conflict (host_id) do update set last_seen_at = excluded.last_seen_at,
               sequence = greatest(s.sequence, excluded.sequence)`,
      values: [ids],
    })
    rows += ids.length
  }
  return rows / ((performance.now() - begunAt) / 1000)
}

/** Rows per second of nothing but the ordered upsert of the newest report, 500 a statement, with the body the load sends. */
export async function bareReportUpsert(
  pool: pg.Pool,
  hosts: number,
  seconds: number,
  body: string,
): Promise<number> {
  await pool.query(
    'create unlogged table if not exists bench_report (host_id bigint primary key, report jsonb)',
  )
  await pool.query('alter table bench_report set logged')
  const size = Math.min(500, hosts)
  const begunAt = performance.now()
  const endsAt = begunAt + seconds * 1000
  let rows = 0
  for (let first = 1; performance.now() < endsAt; first = first + size > hosts ? 1 : first + size) {
    const ids = Array.from({ length: Math.min(size, hosts - first + 1) }, (_unused, index) => first + index)
    await pool.query({
      name: 'bare-report-upsert',
      text: `insert into bench_report (host_id, report)
             select id, report::jsonb from unnest($1::bigint[], $2::text[]) as u (id, report) order by 1
             on conflict (host_id) do update set report = excluded.report`,
      values: [ids, ids.map(() => body)],
    })
    rows += ids.length
  }
  await pool.query('drop table bench_report')
  return rows / ((performance.now() - begunAt) / 1000)
}
