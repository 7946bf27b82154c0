import type { HostEventKind, HostState } from '@graftwatch/contract'
import type pg from 'pg'
import { recordHosts, writeFacts } from '../ingest/sql/history.ts'
import { notifyLive } from '../live/notify.ts'

/** A host that this transaction changed without a report of it. */
export interface Moved {
  id: number
  from: HostState
  to: HostState
  reason: string | null
  bootId: string | null
  /** The transaction's time. */
  at: Date
}

/** What an update of `host h` returns for {@link recordMoves}. */
export const returningMoved = `returning h.id::int as id, old.state as "from", new.state as "to", new.reason,
  new.boot_id as "bootId", graftwatch_now() as at`

/**
 * Writes what follows from changes that no report brought, in the caller's transaction that holds the hosts: a period each, the
 * change of state where there is one, `kind` where one is named, and the word to the browsers.
 */
export async function recordMoves(
  client: pg.PoolClient,
  moved: readonly Moved[],
  told: { kind: HostEventKind; detail: string | null } | null = null,
): Promise<void> {
  if (moved.length === 0) return
  const ids = moved.map(({ id }) => id)
  await recordHosts(client, ids)
  await writeFacts(
    client,
    moved.flatMap(({ id, from, to, reason, bootId, at }) => {
      const shared = {
        occurredAt: at.toISOString(),
        bootId: bootId ?? '',
        patch: null,
        source: 'server' as const,
      }
      const change = { ...shared, kind: 'state-changed' as const, from, to, reason, detail: null }
      const also = told && { ...shared, ...told, from: null, to: null, reason: null }
      return [...(from === to ? [] : [change]), ...(also ? [also] : [])].map((fact) => ({ hostId: id, fact }))
    }),
  )
  await notifyLive(client, ids)
}
