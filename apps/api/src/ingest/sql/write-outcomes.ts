import { isDeepStrictEqual } from 'node:util'
import type { HostReport } from '@graftwatch/contract'
import { type Change, signatureOf } from '@graftwatch/livepatch'
import type pg from 'pg'
import { unpackagedOf } from '../../alerting/unpackaged.ts'
import { notifyLive } from '../../live/notify.ts'
import { type Dictionaries, kernelKey, patchKey } from '../dictionaries.ts'
import type { HostOutcome } from '../report-batch.ts'
import { settledHash, toSigned } from '../state-hash.ts'
import { write, writeFacts, writePeriods } from './history.ts'
import { hostPatches, hostRecord, patchesGist, periodsOf } from './host-record.ts'

type Reported = HostOutcome & { truth: NonNullable<HostOutcome['truth']>; report: HostReport }

const hasReport = (outcome: HostOutcome): outcome is Reported =>
  outcome.truth !== null && outcome.report !== null && outcome.changes.length > 0

/** Only hosts whose truth changed are written; `is distinct from` keeps the indexes of the rest untouched. */
const updateHosts = `
  update host h set hostname = u.hostname, os = u.os, architecture = u.architecture, labels = u.labels, state = u.state,
    reason = u.reason, state_since = u.since, since_before = u.since_before, flags = u.flags, boot_id = u.boot_id,
    kernel_id = u.kernel_id, patch_id = u.patch_id, level = u.level, last_state = null, retired_at = null
  from jsonb_to_recordset($1::jsonb) as u (id bigint, hostname text, os text, architecture text, labels text[], state text,
    reason text, since timestamptz, since_before boolean, flags int, boot_id text, kernel_id int, patch_id int, level text)
  where h.id = u.id
    and (h.hostname, h.os, h.architecture, h.labels, h.state, h.reason, h.state_since, h.flags, h.boot_id, h.kernel_id,
        h.patch_id, h.level, h.retired_at)
      is distinct from
        (u.hostname, u.os, u.architecture, u.labels, u.state, u.reason, u.since, u.flags, u.boot_id, u.kernel_id,
        u.patch_id, u.level, null)`

const upsertSeen = `
  insert into host_seen as s (host_id, last_seen_at, sequence, interval_seconds, state_hash)
  select id, graftwatch_now(), sequence, seconds, hash
  from jsonb_to_recordset($1::jsonb) as u (id bigint, sequence bigint, seconds int, hash bigint) order by 1
  on conflict (host_id) do update set last_seen_at = excluded.last_seen_at, silent = false,
    sequence = greatest(s.sequence, excluded.sequence), interval_seconds = excluded.interval_seconds,
    state_hash = excluded.state_hash`

const upsertDetails = `
  insert into host_detail as d (host_id, report, truth, reported_at, report_sequence, report_window)
  select id, report, truth, at, sequence, "window"
  from jsonb_to_recordset($1::jsonb)
    as u (id bigint, report jsonb, truth jsonb, at timestamptz, sequence bigint, "window" bigint) order by 1
  on conflict (host_id) do update set report = excluded.report, truth = excluded.truth, reported_at = excluded.reported_at,
    report_sequence = excluded.report_sequence, report_window = excluded.report_window`

const updateWindows = `
  update host_detail d set report_window = u."window"
  from jsonb_to_recordset($1::jsonb) as u (id bigint, "window" bigint) where d.host_id = u.id`

const upsertAttempts = `
  insert into attempt as a (host_id, number, boot_id, patch_id, direction, started_at, started_at_source, started_before,
    ended_at, outcome, total, remaining, low_water, progress_at, confidence, failure, stuck_after_seconds, recorded_at,
    end_recorded_at)
  select u.*, graftwatch_now(), case when u.ended_at is not null then graftwatch_now() end
  from jsonb_to_recordset($1::jsonb) as u (host_id bigint, number int, boot_id text, patch_id int, direction text,
    started_at timestamptz, started_at_source text, started_before boolean, ended_at timestamptz, outcome text, total int,
    remaining int, low_water int, progress_at timestamptz, confidence text, failure text, stuck_after_seconds int) order by 1, 2
  on conflict (host_id, number) do update set direction = excluded.direction, ended_at = excluded.ended_at,
    outcome = excluded.outcome, total = coalesce(excluded.total, a.total), remaining = excluded.remaining,
    low_water = excluded.low_water, progress_at = excluded.progress_at, confidence = excluded.confidence,
    failure = coalesce(excluded.failure, a.failure), stuck_after_seconds = excluded.stuck_after_seconds,
    end_recorded_at = coalesce(a.end_recorded_at, excluded.end_recorded_at)`

/** A task that blocks under another signature now, as after a reversal, has left the one before. */
const releaseBlockers = `
  update blocker b set released_at = graftwatch_now(), release_recorded_at = graftwatch_now()
  from jsonb_to_recordset($1::jsonb)
    as u (host_id bigint, number int, tid int, task_started_at timestamptz, signature_id int)
  where b.host_id = u.host_id and b.number = u.number and b.tid = u.tid and b.task_started_at = u.task_started_at
    and b.signature_id <> u.signature_id and b.released_at is null`

/**
 * A row that was closed stays as it is, since questions about the past are answered from it: a task that holds again begins a new one,
 * no earlier than it had let go, whatever its agent remembers. The `+ 0` keeps the planner from the indexes by signature: one cause
 * may hold every host there is, and a look-up of one task would then read them all.
 */
const upsertBlockers = `
  insert into blocker as b (host_id, number, tid, task_started_at, signature_id, first_seen_at, released_at, detail, recorded_at,
    release_recorded_at)
  select u.host_id, u.number, u.tid, u.task_started_at, u.signature_id,
    coalesce(open.first_seen_at, greatest(u.first_seen_at, closed.released_at + interval '1 ms')), u.released_at, u.detail,
    graftwatch_now(), case when u.released_at is not null then graftwatch_now() end
  from jsonb_to_recordset($1::jsonb) as u (host_id bigint, number int, tid int, task_started_at timestamptz,
    signature_id int, first_seen_at timestamptz, released_at timestamptz, detail jsonb)
  left join lateral (select first_seen_at from blocker
    where host_id = u.host_id and number = u.number and tid = u.tid and task_started_at = u.task_started_at
      and signature_id + 0 = u.signature_id and released_at is null limit 1) as open on true
  left join lateral (select max(released_at) as released_at from blocker
    where host_id = u.host_id and number = u.number and tid = u.tid and task_started_at = u.task_started_at
      and signature_id + 0 = u.signature_id) as closed on true
  where open.first_seen_at is not null or u.released_at is null or closed.released_at is null
    or closed.released_at < u.released_at
  order by 1, 2, 3, 4, 5, 6
  on conflict (host_id, number, tid, task_started_at, signature_id, first_seen_at) do update set
    released_at = excluded.released_at, detail = excluded.detail, release_recorded_at = excluded.release_recorded_at
  where b.released_at is null`

const insertSamples = `
  insert into sample (host_id, number, at, recorded_at, remaining, total, kthreads_remaining, unreadable, idle_hidden, direction,
    confidence, stuck_after_seconds)
  select host_id, number, at, graftwatch_now(), remaining, total, kthreads_remaining, unreadable, idle_hidden, direction,
    confidence, stuck_after_seconds
  from jsonb_to_recordset($1::jsonb) as u (host_id bigint, number int, at timestamptz, remaining int, total int,
    kthreads_remaining int, unreadable int, idle_hidden int, direction text, confidence text, stuck_after_seconds int)
  order by 1, 2, 3 on conflict do nothing`

/** What alerts are judged by and neither a column of the host nor an event shows; a history of the past is judged as it ends. */
const markUnpackaged = `
  insert into alert_dirty (host_id) select id from jsonb_to_recordset($1::jsonb) as u (id bigint)
  where nullif(current_setting('graftwatch.now', true), '') is null`

const replaceHostPatches = `
  with u as (select * from jsonb_to_recordset($1::jsonb) as u (host_id bigint, kernel_id int, patches jsonb)),
  gone as (
    delete from host_patch hp using u where hp.host_id = u.host_id
      and hp.patch_id not in (select (p ->> 'patch_id')::int from jsonb_array_elements(u.patches) as p)
  )
  insert into host_patch (host_id, kernel_id, patch_id, enabled, state, stack_order, objects_waiting, manager)
  select u.host_id, u.kernel_id, p.* from u, jsonb_to_recordset(u.patches)
    as p (patch_id int, enabled boolean, state text, stack_order int, objects_waiting int, manager text)
  order by u.host_id, p.patch_id
  on conflict (host_id, patch_id) do update set kernel_id = excluded.kernel_id, enabled = excluded.enabled, state = excluded.state,
    stack_order = excluded.stack_order, objects_waiting = excluded.objects_waiting, manager = excluded.manager`

/** The last word on each attempt of this batch: several reports of one host may have written it. */
function attemptRows(outcome: HostOutcome, ids: Dictionaries) {
  const newest = new Map<number, Change['attempts'][number]>()
  for (const change of outcome.changes)
    for (const attempt of change.attempts) newest.set(attempt.number, attempt)
  return [...newest.values()].flatMap((attempt) => {
    const patchId = ids.patches.get(patchKey(attempt.patch))
    if (patchId === undefined) throw new Error(`patch ${attempt.patch.name} has no id`)
    return {
      host_id: outcome.row.id,
      number: attempt.number,
      boot_id: attempt.bootId,
      patch_id: patchId,
      direction: attempt.direction,
      started_at: attempt.startedAt,
      started_at_source: attempt.startedAtSource,
      started_before: attempt.startedBefore,
      ended_at: attempt.endedAt,
      outcome: attempt.outcome,
      total: attempt.total,
      remaining: attempt.remaining,
      low_water: attempt.lowWater,
      progress_at: attempt.progressAt,
      confidence: attempt.confidence,
      failure: attempt.failure,
      stuck_after_seconds: outcome.truth?.open?.stuckAfterSeconds ?? 120,
    }
  })
}

function blockerRows(outcome: HostOutcome, ids: Dictionaries) {
  const newest = new Map<string, Change['blockers'][number]>()
  for (const change of outcome.changes)
    for (const blocker of change.blockers)
      newest.set(`${blocker.number} ${blocker.held.tid} ${blocker.held.taskStartedAt}`, blocker)
  return [...newest.values()].map(({ number, direction, held, releasedAt }) => ({
    host_id: outcome.row.id,
    number,
    tid: held.tid,
    task_started_at: held.taskStartedAt,
    signature_id: ids.signatures.get(JSON.stringify(signatureOf(direction, held.task))) ?? null,
    first_seen_at: held.firstSeenAt,
    released_at: releasedAt,
    detail: held.task,
  }))
}

function sampleRows(hostId: number, { sample, truth, report }: Change) {
  const { open } = truth
  const { transition } = report
  if (!sample || !open || !transition) return []
  return [
    {
      host_id: hostId,
      ...sample,
      kthreads_remaining: transition.tasks.kthreadsRemaining,
      unreadable: transition.tasks.unreadable,
      idle_hidden: transition.tasks.idleHidden,
      direction: open.moving,
      confidence: open.confidence,
      stuck_after_seconds: open.stuckAfterSeconds,
    },
  ]
}

/**
 * Writes a batch, one statement a table and always in this order, inside the caller's transaction that holds the host locks.
 * Commits nothing. Tells the browsers through LISTEN/NOTIFY when the transaction commits, and only then.
 */
export async function writeOutcomes(
  client: pg.PoolClient,
  outcomes: readonly HostOutcome[],
  ids: Dictionaries,
  secondsFor: (report: HostReport) => number,
): Promise<void> {
  const reported = outcomes.filter(hasReport)
  const hosts = reported.map((outcome) => hostRecord(outcome, outcome, ids))
  const onlyLate = outcomes.filter((outcome) => outcome.changes.length === 0 && outcome.facts.length > 0)

  await write(client, 'hosts-update', updateHosts, hosts)
  await write(
    client,
    'seen-upsert',
    upsertSeen,
    reported.map((outcome) => ({
      id: outcome.row.id,
      sequence: outcome.sequence,
      seconds: secondsFor(outcome.report),
      hash: toSigned(settledHash(outcome.truth, outcome.report)),
    })),
  )
  await write(
    client,
    'details-upsert',
    upsertDetails,
    reported.map((outcome) => ({
      id: outcome.row.id,
      report: outcome.report,
      truth: outcome.truth,
      at: new Date(outcome.reportedAt).toISOString(),
      sequence: outcome.sequence,
      window: toSigned(outcome.window),
    })),
  )
  await write(
    client,
    'windows-update',
    updateWindows,
    onlyLate.map((outcome) => ({ id: outcome.row.id, window: toSigned(outcome.window) })),
  )
  const blockers = outcomes.flatMap((outcome) => blockerRows(outcome, ids))
  const patched = reported.filter(({ row, report }) => !row.report || hasNewPatches(row.report, report))
  await write(
    client,
    'host-patches',
    replaceHostPatches,
    patched.map(({ row, report }) => ({
      host_id: row.id,
      kernel_id: ids.kernels.get(kernelKey(report)) ?? null,
      patches: hostPatches(report, ids),
    })),
  )
  await write(
    client,
    'unpackaged-mark',
    markUnpackaged,
    reported
      .filter(
        ({ row, report }) => row.report && !isDeepStrictEqual(unpackagedOf(row.report), unpackagedOf(report)),
      )
      .map(({ row }) => ({ id: row.id })),
  )
  await write(
    client,
    'attempts-upsert',
    upsertAttempts,
    outcomes.flatMap((outcome) => attemptRows(outcome, ids)),
  )
  await write(
    client,
    'blockers-release',
    releaseBlockers,
    blockers.map(({ host_id, number, tid, task_started_at, signature_id }) => ({
      host_id,
      number,
      tid,
      task_started_at,
      signature_id,
    })),
  )
  await write(client, 'blockers-upsert', upsertBlockers, blockers)
  await write(
    client,
    'samples-insert',
    insertSamples,
    outcomes.flatMap(({ row, changes }) => changes.flatMap((change) => sampleRows(row.id, change))),
  )
  await writePeriods(
    client,
    reported.flatMap((outcome) => periodsOf(outcome, ids)),
  )
  await writeFacts(
    client,
    outcomes.flatMap(({ row, facts }) => facts.map((fact) => ({ hostId: row.id, fact }))),
  )

  const touched = outcomes.filter(({ facts, changes }) => facts.length > 0 || changes.length > 0)
  if (touched.length > 0)
    await notifyLive(
      client,
      touched.map(({ row }) => row.id),
    )
}

function hasNewPatches(before: HostReport, after: HostReport): boolean {
  return kernelKey(before) !== kernelKey(after) || patchesGist(before) !== patchesGist(after)
}
