import type { AlertDetail, AlertNote, Delivery, HostState } from '@graftwatch/contract'
import { remedyFor } from '@graftwatch/livepatch'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { remedyOfSignature } from '../fleet/signature-remedy.ts'
import { descriptionOf, readAlertRows, summaryOf } from './alert-rows.ts'
import type { Evidence } from './conditions.ts'
import { readDeliveries } from './deliveries.ts'

const membersShown = 50
const notesShown = 200
const deliveriesShown = 50

/** An alert with its evidence; null when there is none. */
export async function readAlertDetail(db: Pick<pg.Pool, 'query'>, id: string): Promise<AlertDetail | null> {
  const [row] = await readAlertRows(db, sql`a.id = ${id}::bigint`)
  if (!row) return null
  const { rows: members } = await db.query<{
    id: string
    hostname: string
    state: HostState
    since: Date
    leftAt: Date | null
    evidence: Evidence
  }>(sql`
    select h.id::text, h.hostname, h.state, m.since, m.left_at as "leftAt", m.evidence
    from alert_host m join host h on h.id = m.host_id where m.alert_id = ${id}::bigint
    order by m.left_at is not null, m.since, m.host_id limit ${membersShown}`)
  const { rows: notes } = await db.query<Omit<AlertNote, 'at'> & { at: Date }>(sql`
    select at, kind, by, text, hosts from (
      select * from alert_note where alert_id = ${id}::bigint order by id desc limit ${notesShown}) as n order by id`)
  const deliveries: Delivery[] = await readDeliveries(db, sql`d.alert_id = ${id}::bigint`, deliveriesShown)
  return {
    alert: summaryOf(row),
    description: descriptionOf(row),
    runbookUrl: row.runbookUrl,
    remedy: remedyOf(row.evidence),
    members: members.map(({ since, leftAt, evidence, ...member }) => ({
      ...member,
      since: since.toISOString(),
      leftAt: leftAt?.toISOString() ?? null,
      evidence: evidenceText(evidence),
    })),
    notes: notes.map((note) => ({ ...note, at: note.at.toISOString() })),
    deliveries,
    now: new Date().toISOString(),
  }
}

function remedyOf({ signature, patch, signalsByItself }: Evidence): AlertDetail['remedy'] {
  if (signature === null) return null
  const { task, direction } = signature
  return task
    ? remedyFor({ task, direction, patch: patch ?? 'the patch', signalsByItself })
    : remedyOfSignature(signature).remedy
}

/** What of a host is why it is here, in a few words. */
function evidenceText({ signature, patch, remaining, total, detail, tries }: Evidence): string {
  const { task } = signature ?? { task: null }
  return [
    patch,
    remaining === null || total === null ? null : `${remaining} of ${total} tasks remain`,
    signature && `held by ${task?.comm ?? signature.comm}${task ? ` (${task.tid})` : ''}`,
    tries !== null && tries > 1 ? `attempt ${tries}` : null,
    signature ? null : detail,
  ]
    .filter((part) => part !== null)
    .join(' · ')
}
