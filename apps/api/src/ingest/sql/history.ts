import { createHash } from 'node:crypto'
import type { HostFact } from '@graftwatch/livepatch'
import type pg from 'pg'

type Client = Pick<pg.PoolClient, 'query'>

/** One statement with its rows as one JSON parameter; `$1` is the array. Skipped when there is nothing to write. */
export async function write(client: Client, name: string, text: string, rows: unknown[]): Promise<void> {
  if (rows.length > 0) await client.query({ name, text, values: [JSON.stringify(rows)] })
}

/** Sixteen bytes that are equal when the same fact is told again. */
function factHash(fact: HostFact): Buffer {
  const parts = [
    fact.bootId,
    fact.kind,
    // The host's own words of it, when it tells it with every report: its clock may be set meanwhile.
    fact.toldAt ?? fact.occurredAt,
    fact.patch,
    fact.source,
    fact.from,
    fact.to,
    fact.detail,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
}

const insertEvents = `
  insert into event (recorded_at, occurred_at, host_id, boot_id, kind, data, hash)
  select now(), at, host_id, boot_id, kind, data, decode(hash, 'hex')
  from jsonb_to_recordset($1::jsonb)
    as u (place int, host_id bigint, at timestamptz, boot_id text, kind text, data jsonb, hash text)
  order by host_id, place on conflict (host_id, hash) do nothing`

/** Adds facts to the history of their hosts, in the order given; one that is there already stays as it is. */
export async function writeFacts(client: Client, facts: { hostId: number; fact: HostFact }[]): Promise<void> {
  const rows = facts.map(({ hostId, fact }, place) => {
    const { kind, occurredAt, bootId, ...data } = fact
    const hash = factHash(fact).toString('hex')
    return { place, host_id: hostId, at: occurredAt, boot_id: bootId, kind, data, hash }
  })
  await write(client, 'events-insert', insertEvents, rows)
}

export interface PeriodRow {
  host_id: number
  state: string
  reason: string | null
  flags: number
  patch_id: number | null
}

const closePeriods = (table: 'period' | 'label_period') => `
  update ${table} p set valid_to = now() from jsonb_to_recordset($1::jsonb) as u (host_id bigint)
  where p.host_id = u.host_id and p.valid_to = 'infinity' and p.valid_from < now()`

const insertPeriods = `
  insert into period (host_id, valid_from, state, reason, flags, patch_id)
  select host_id, now(), state, reason, flags, patch_id
  from jsonb_to_recordset($1::jsonb) as u (host_id bigint, state text, reason text, flags int, patch_id int) order by 1
  on conflict (host_id, valid_from) do update set state = excluded.state, reason = excluded.reason,
    flags = excluded.flags, patch_id = excluded.patch_id`

/** Ends the present period of these hosts at the transaction's time and begins the next. */
export async function writePeriods(client: Client, rows: PeriodRow[]): Promise<void> {
  await write(client, 'periods-close', closePeriods('period'), rows)
  await write(client, 'periods-insert', insertPeriods, rows)
}

const insertLabelPeriods = `
  insert into label_period (host_id, valid_from, labels)
  select host_id, now(), labels from jsonb_to_recordset($1::jsonb) as u (host_id bigint, labels text[]) order by 1
  on conflict (host_id, valid_from) do update set labels = excluded.labels`

export async function writeLabelPeriods(
  client: Client,
  rows: { host_id: number; labels: string[] }[],
): Promise<void> {
  await write(client, 'label-periods-close', closePeriods('label_period'), rows)
  await write(client, 'label-periods-insert', insertLabelPeriods, rows)
}
