import { type AuditAction, auditActions } from '@graftwatch/contract/vocabulary'
import { first, type SearchParams } from '../../search-params.ts'

/** What of the log is shown; the address is its only home. */
export type AuditView = { action: AuditAction | null; actor: string | null; cursor: string | null }

export function readAuditView(params: SearchParams): AuditView {
  const named = first(params.action)
  return {
    action: auditActions.find((action) => action === named) ?? null,
    actor: first(params.actor).slice(0, 64) || null,
    cursor: first(params.cursor).slice(0, 512) || null,
  }
}

/** The same as query parameters, for a link or for the API. */
export function auditQuery(view: Partial<AuditView>): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of ['action', 'actor', 'cursor'] as const) {
    const value = view[name]
    if (value) query.set(name, value)
  }
  return query
}

export function auditHref(view: Partial<AuditView>): string {
  const query = auditQuery(view)
  return query.size === 0 ? '/audit' : `/audit?${query}`
}

export const isFiltered = ({ action, actor }: AuditView): boolean => action !== null || actor !== null
