import type { AlertStatus } from '@graftwatch/contract/alert-vocabulary'
import { first, type SearchParams } from '../../search-params.ts'

/** The view of the list; the URL is its only home. What fires is what one comes for. */
export type AlertsView = { status: AlertStatus; cursor: string | null }

export function readAlertsView(params: SearchParams): AlertsView {
  const status = first(params.status)
  return {
    status: status === 'pending' || status === 'resolved' ? status : 'firing',
    cursor: first(params.cursor).slice(0, 512) || null,
  }
}

/** The same as the API takes it. */
export const alertsQuery = ({ status, cursor }: AlertsView): string =>
  new URLSearchParams({ status, ...(cursor !== null && { cursor }) }).toString()

export function alertsHref({ status, cursor }: AlertsView): string {
  const query = new URLSearchParams(status === 'firing' ? {} : { status })
  if (cursor !== null) query.set('cursor', cursor)
  return query.size === 0 ? '/alerts' : `/alerts?${query}`
}

/** What fires, the loudest first, as many as the overview has room for. */
export const loudest = 'status=firing&limit=7'
