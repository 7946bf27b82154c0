import type { Attempt, Blocker, BlockingTask, Transition } from '@graftwatch/contract'
import { remedyFor, signatureOf } from '@graftwatch/livepatch'
import type pg from 'pg'
import type { Sql } from 'sql-template-tag'
import sql from 'sql-template-tag'

const attemptsShown = 20
/** Of an attempt that ended: who held it longest. */
const blockersShown = 3
/** Newest attempts whose blockers still carry their stacks. */
const attemptsWithStacks = 3
const stackBytesMax = 384 * 1024

interface AttemptRow extends Omit<Attempt, 'startedAt' | 'endedAt' | 'blockers'> {
  startedAt: Date
  endedAt: Date | null
  blockers: { task: BlockingTask; firstSeenAt: string }[]
}

type Told = { task: BlockingTask; firstSeenAt: string; taskStartedAt?: string | null }

/** A blocking task for the page, with what frees it; `causeId` is filled by {@link withCauses}. */
export function blockerOf(
  { task, firstSeenAt }: Told,
  about: { direction: Transition['direction']; patch: string; signalsByItself: boolean | null },
): Blocker {
  return {
    pid: task.pid,
    tid: task.tid,
    comm: task.comm,
    kind: task.kind,
    state: task.state,
    cause: task.cause,
    waitChannel: task.waitChannel,
    blockingFunction: task.blockingFunction,
    blockingFrame: task.blockingFrame ?? null,
    stack: task.stack,
    stackOrigin: task.stackOrigin ?? null,
    waitsFor: task.waitsFor,
    unit: task.unit,
    ...(task.commandLine === undefined ? {} : { commandLine: task.commandLine }),
    taskStartedAt: task.taskStartedAt,
    firstSeenAt: new Date(firstSeenAt).toISOString(),
    signature: signatureOf(about.direction, task).key,
    causeId: null,
    remedy: remedyFor({ task, ...about }),
  }
}

/** The newest attempts of a host that fulfill `condition` on `attempt` a, each with its blocking tasks. */
export async function readAttempts(
  db: Pick<pg.Pool, 'query'>,
  hostId: string,
  condition: Sql = sql`true`,
): Promise<Attempt[]> {
  const { rows } = await db.query<AttemptRow>(sql`
    select a.number, p.name as patch, a.direction, a.started_at as "startedAt", a.started_at_source as "startedAtSource",
      a.started_before as "startedBefore", a.ended_at as "endedAt", a.outcome, a.total, a.remaining,
      a.low_water as "lowWater", a.failure, coalesce(b.list, '[]') as blockers
    from (select *, row_number() over (order by number desc) as place from attempt
          as a
          where host_id = ${hostId}::bigint and ${condition} order by number desc limit ${attemptsShown}) as a
    join patch p on p.id = a.patch_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('firstSeenAt', first_seen_at,
        'task', case when a.place > ${attemptsWithStacks} then detail || '{"stack": null}' else detail end)
        order by first_seen_at) as list
      from (select * from (
              select distinct on (tid, task_started_at, signature_id) detail, first_seen_at from blocker
              where host_id = a.host_id and number = a.number
              order by tid, task_started_at, signature_id, first_seen_at
            ) as task order by first_seen_at limit ${blockersShown}) as oldest
    ) as b on true
    order by a.number desc`)
  return rows.map(({ blockers, startedAt, endedAt, ...row }) => ({
    ...row,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    blockers: blockers.map((told) =>
      blockerOf(told, { direction: row.direction, patch: row.patch, signalsByItself: null }),
    ),
  }))
}

/**
 * Leaves out stacks once those shown are as long as a page can bear: a host may send 128 frames of 300 characters for every task.
 * Those of the running transition come first, the longest held before the others.
 */
export function withinBudget(running: Transition | null, attempts: Attempt[]) {
  let left = stackBytesMax
  const fit = (blocker: Blocker): Blocker => {
    left -= Buffer.byteLength(JSON.stringify(blocker.stack))
    return left >= 0 ? blocker : { ...blocker, stack: null, blockingFrame: null }
  }
  return {
    transition: running && { ...running, blocking: running.blocking.map(fit) },
    attempts: attempts.map((attempt) => ({ ...attempt, blockers: attempt.blockers.map(fit) })),
  }
}

/** The same blocking tasks with the ids of their causes, as far as they are stored: one look-up for all. */
export async function withCauses<T extends { transition: Transition | null; attempts: Attempt[] }>(
  db: Pick<pg.Pool, 'query'>,
  told: T,
): Promise<T> {
  const all = [...(told.transition?.blocking ?? []), ...told.attempts.flatMap(({ blockers }) => blockers)]
  if (all.length === 0) return told
  const { rows } = await db.query<{ key: string; id: string }>({
    name: 'causes-by-key',
    text: 'select key, id::text from signature where key = any($1)',
    values: [[...new Set(all.map(({ signature }) => signature))]],
  })
  const ids = new Map(rows.map(({ key, id }) => [key, id]))
  const fill = (blocker: Blocker): Blocker => ({ ...blocker, causeId: ids.get(blocker.signature) ?? null })
  return {
    ...told,
    transition: told.transition && { ...told.transition, blocking: told.transition.blocking.map(fill) },
    attempts: told.attempts.map((attempt) => ({ ...attempt, blockers: attempt.blockers.map(fill) })),
  }
}
