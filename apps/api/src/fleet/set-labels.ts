import type { HostFact } from '@graftwatch/livepatch'
import type pg from 'pg'
import { ProblemError } from '../http/problem.ts'
import { recordHosts, type Told, write, writeFacts } from '../ingest/sql/history.ts'
import { labelTokens } from '../ingest/sql/host-record.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { notifyLive } from '../live/notify.ts'
import { type Actor, audit } from '../people/audit.ts'
import { labelsOf } from './host-summary.ts'
import { inBatches } from './select-hosts.ts'

type Labels = Record<string, string>

/** How many labels operators can give a host. */
export const setLabelsMax = 64

export const tooManyLabels = (host: string) =>
  new ProblemError('INVALID_INPUT', {
    detail: `${host} would have more than ${setLabelsMax} labels that operators gave.`,
    remedy: 'Set fewer labels, or remove some of those that were set on it.',
    fields: [{ field: '/set', message: `makes more than ${setLabelsMax} labels on ${host}` }],
  })

/** What to do to the labels that operators gave one host. */
export interface LabelChange {
  id: string
  set: Labels
  remove: readonly string[]
}

interface Row {
  id: string
  hostname: string
  bootId: string | null
  labels: string[]
  tokenLabels: Labels
  setLabels: Labels
  /** What the agent's own configuration says; null before its first report. */
  agentLabels: Labels | null
  at: Date
}

const updateLabels = `
  update host h set set_labels = u.set_labels, labels = u.labels
  from jsonb_to_recordset($1::jsonb) as u (id bigint, set_labels jsonb, labels text[]) where h.id = u.id`

/** Characters of a change that the history and the audit log keep. */
const describedMax = 500

/** `env=prod, -canary`: what a person reads in the history. */
const described = ({ set, remove }: LabelChange) =>
  [...Object.entries(set).map(([key, value]) => `${key}=${value}`), ...remove.map((key) => `-${key}`)].join(
    ', ',
  )

/** The change of each host as it is audited: told once for all hosts it was made to. */
function audited(changes: readonly LabelChange[]): { labels: string; hosts: string[] }[] {
  const hostsOf = new Map<string, string[]>()
  for (const change of changes) {
    const labels = described(change).slice(0, describedMax)
    const hosts = hostsOf.get(labels)
    if (hosts) hosts.push(change.id)
    else hostsOf.set(labels, [change.id])
  }
  return [...hostsOf].map(([labels, hosts]) => ({ labels, hosts }))
}

const sameLabels = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n')
const sameSet = (a: Labels, b: Labels) => sameLabels(labelTokens(a), labelTokens(b))

function changed(row: Row, change: LabelChange): { setLabels: Labels; labels: string[] } | null {
  const kept = Object.entries(row.setLabels).filter(([key]) => !change.remove.includes(key))
  const setLabels = { ...Object.fromEntries(kept), ...change.set }
  const count = Object.keys(setLabels).length
  // What a host has too many of already can still be overruled and taken off.
  if (count > setLabelsMax && count > Object.keys(row.setLabels).length) throw tooManyLabels(row.hostname)
  // Before the first report the only word of the agent's is what it enrolled with, which is part of `labels`.
  const own =
    row.agentLabels ??
    Object.fromEntries(
      Object.entries(labelsOf(row.labels)).filter(([key]) => !Object.hasOwn(row.setLabels, key)),
    )
  const labels = labelTokens({ ...row.tokenLabels, ...own, ...setLabels })
  return sameLabels(labels, row.labels) && sameSet(setLabels, row.setLabels) ? null : { setLabels, labels }
}

async function setBatch(pool: pg.Pool, actor: Actor, changes: readonly LabelChange[]): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const ids = changes.map(({ id }) => id)
    await client.query('select from host where id = any($1::bigint[]) order by id for update', [ids])
    const { rows } = await client.query<Row>(
      `select h.id::text, h.hostname, h.boot_id as "bootId", h.labels, h.token_labels as "tokenLabels",
         h.set_labels as "setLabels",
         d.report -> 'host' -> 'labels' as "agentLabels", graftwatch_now() as at
       from host h left join host_detail d on d.host_id = h.id where h.id = any($1::bigint[]) order by h.id`,
      [ids],
    )
    const byId = new Map(changes.map((change) => [change.id, change]))
    const writes = rows.flatMap((row) => {
      const change = byId.get(row.id)
      const now = change && changed(row, change)
      return now ? [{ row, change, now }] : []
    })
    if (writes.length === 0) return 0
    await write(
      client,
      'labels-update',
      updateLabels,
      writes.map(({ row, now }) => ({ id: row.id, set_labels: now.setLabels, labels: now.labels })),
    )
    const touched = writes.map(({ row }) => Number(row.id))
    await recordHosts(client, touched)
    await writeFacts(
      client,
      writes.map(
        ({ row, change }): Told => ({
          hostId: Number(row.id),
          fact: {
            kind: 'labels-changed',
            occurredAt: row.at.toISOString(),
            bootId: row.bootId ?? '',
            patch: null,
            source: 'server',
            from: null,
            to: null,
            reason: null,
            detail: described(change).slice(0, describedMax),
          } satisfies HostFact,
        }),
      ),
    )
    await audit(client, actor, {
      action: 'host.label',
      subject: touched.length === 1 ? `host:${touched[0]}` : 'host',
      data: { changes: audited(writes.map(({ change }) => change)) },
    })
    await notifyLive(client, touched)
    return touched.length
  })
}

/**
 * Changes the labels that operators gave, 500 hosts a transaction; hosts that would not change are left alone. Returns how many
 * changed. Throws INVALID_INPUT for a host that would have more than 64. When it rejects, batches before the one that failed are
 * stored; doing it again does no harm.
 */
export async function setLabels(
  pool: pg.Pool,
  actor: Actor,
  changes: readonly LabelChange[],
): Promise<number> {
  let count = 0
  for (const batch of inBatches(changes)) count += await setBatch(pool, actor, batch)
  return count
}
