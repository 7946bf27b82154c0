import type { EnrollRequest, EnrollResponse } from '@graftwatch/contract'
import { isDemoRemoved } from '@graftwatch/db/demo'
import type { HostFact } from '@graftwatch/livepatch'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { notifyKeys, notifyLive } from '../live/notify.ts'
import { digestOf, isSameDigest, newHostKey } from './secrets.ts'
import { saneSequence } from './sequence.ts'
import { recordHosts, writeFacts } from './sql/history.ts'
import { labelTokens } from './sql/host-record.ts'
import { inTransaction } from './transaction.ts'

interface Grant {
  demo: boolean
  /** Of the token, as its maker named it. */
  label: string
  /** What every host gets that enrolls with it. */
  labels: Record<string, string>
}

/** The grant of a token of the environment, or of one in the table, whose use is counted in the caller's transaction. */
async function redeem(
  client: pg.PoolClient,
  token: string,
  { config }: Pick<Deps, 'config'>,
): Promise<Grant> {
  const digest = digestOf(token)
  const fixed = config.tokens.find((entry) => isSameDigest(digestOf(entry.token), digest))
  // A demo fleet that someone removed does not come back by itself.
  if (fixed && !(fixed.demo && (await isDemoRemoved(client))))
    return { demo: fixed.demo, label: fixed.label, labels: {} }
  const { rows } = await client.query<Grant>(
    `update enrollment_token set uses = uses + 1
     where digest = $1 and revoked_at is null and expires_at > now() and (max_uses is null or uses < max_uses)
     returning demo, label, labels`,
    [digest],
  )
  if (rows[0]) return rows[0]
  throw new ProblemError('ENROLLMENT_TOKEN_INVALID', {
    detail: 'This enrollment token does not exist, has expired, is used up or was revoked.',
    remedy:
      'Create a new one with POST /v1/enrollment-tokens, or start the server with GRAFTWATCH_ENROLLMENT_TOKEN.',
    fields: [{ field: '/token', message: 'is not valid' }],
  })
}

interface Found {
  id: number
  /** What it was called before; null for a host that is new. */
  before: string | null
  wasRetired: boolean
  isSilent: boolean
  /** Something that a list shows is other than before. */
  isChanged: boolean
}

const returningFound = `returning new.id::int as id, old.hostname as before, old.retired_at is not null as "wasRetired",
  new.state = 'silent' as "isSilent",
  (old.hostname, old.demo, old.retired_at) is distinct from (new.hostname, new.demo, new.retired_at) as "isChanged"`

/** A host that is known keeps its id: an insert that conflicts would use up a number each time, and arrays go by number. */
async function enrollAgain(
  client: pg.PoolClient,
  request: EnrollRequest,
  { demo, labels }: Grant,
): Promise<Found | null> {
  const { rows } = await client.query<Found>(
    `update host set hostname = $2, retired_at = null, demo = host.demo and $3, token_labels = $4
     where machine_id = $1 and (host.demo or not $3) ${returningFound}`,
    [request.machineId, request.hostname, demo, labels],
  )
  return rows[0] ?? null
}

async function enrollFirst(
  client: pg.PoolClient,
  request: EnrollRequest,
  { demo, labels }: Grant,
): Promise<Found | null> {
  const { rows } = await client.query<Found>(
    `insert into host (machine_id, hostname, labels, state, reason, state_since, demo, enrolled_at, token_labels)
     values ($1, $2, $3, 'unknown', 'neverReported', graftwatch_now(), $4, graftwatch_now(), $5)
     on conflict (machine_id) do update set hostname = excluded.hostname, retired_at = null,
       token_labels = excluded.token_labels,
       demo = host.demo and excluded.demo
       where host.demo or not excluded.demo
     ${returningFound}`,
    [request.machineId, request.hostname, labelTokens({ ...labels, ...request.labels }), demo, labels],
  )
  return rows[0] ?? null
}

/** Whoever holds a token can speak as any host whose machineId they know: its history says when that happened. */
function enrollFact(kind: 'key-replaced' | 'returned', detail: string): HostFact {
  return {
    kind,
    occurredAt: new Date().toISOString(),
    bootId: '',
    patch: null,
    source: 'server',
    from: null,
    to: null,
    reason: null,
    detail,
  }
}

/** A sequence that was led astray begins anew: nobody could ever report above it. What was taken stays in the history. */
async function resetInsane(client: pg.PoolClient, hostId: number, last: number): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    'select report_sequence::float8 as last from host_detail where host_id = $1',
    [hostId],
  )
  if (Math.max(last, rows[0]?.last ?? 0) <= saneSequence) return last
  await client.query('update host_seen set sequence = 0 where host_id = $1', [hostId])
  await client.query('update host_detail set report_sequence = 0, report_window = 0 where host_id = $1', [
    hostId,
  ])
  return 0
}

/**
 * Gives a host a key of its own. The same machineId enrolled again is the same host: its key is replaced, the old one ends at
 * once on every replica, its sequence goes on, and its history names the token. Throws ENROLLMENT_TOKEN_INVALID; then nothing changed.
 */
export async function enrollHost(
  deps: Pick<Deps, 'pool' | 'config' | 'keys'>,
  request: EnrollRequest,
): Promise<EnrollResponse> {
  const { id, key, sequence } = await inTransaction(deps.pool, async (client) => {
    const grant = await redeem(client, request.token, deps)
    const found = (await enrollAgain(client, request, grant)) ?? (await enrollFirst(client, request, grant))
    if (found === null)
      throw new ProblemError('ENROLLMENT_TOKEN_INVALID', {
        detail: 'The token of the demo fleet does not enroll a real host again.',
        remedy: 'Use an enrollment token for real hosts: POST /v1/enrollment-tokens.',
        fields: [{ field: '/token', message: 'is for simulated hosts' }],
      })
    const { id: hostId, before, wasRetired, isSilent, isChanged } = found
    const hostKey = newHostKey(hostId)
    await client.query(
      `insert into host_key as k (host_id, digest) values ($1, $2)
       on conflict (host_id) do update set digest = excluded.digest, generation = k.generation + 1, revoked_at = null`,
      [hostId, digestOf(hostKey)],
    )
    const { rows: seen } = await client.query<{ sequence: string }>(
      `insert into host_seen as s (host_id, last_seen_at, sequence, interval_seconds) values ($1, graftwatch_now(), 0, 60)
       on conflict (host_id) do update set silent = s.silent and $2,
         last_seen_at = case when s.silent and not $2 then excluded.last_seen_at else s.last_seen_at end
       returning s.sequence::text`,
      [hostId, isSilent],
    )
    const last = await resetInsane(client, hostId, Number(seen[0]?.sequence ?? 0))
    if (isChanged) await recordHosts(client, [hostId])
    const facts = [
      ...(before === null
        ? []
        : [enrollFact('key-replaced', `token "${grant.label}": ${before} → ${request.hostname}`)]),
      ...(wasRetired ? [enrollFact('returned', 'it enrolled again')] : []),
    ]
    await writeFacts(
      client,
      facts.map((fact) => ({ hostId, fact })),
    )
    await notifyKeys(client, [hostId])
    await notifyLive(client, [hostId])
    return { id: hostId, key: hostKey, sequence: last }
  })
  deps.keys.forget([id])
  return { hostId: String(id), hostKey: key, lastSequence: sequence }
}
