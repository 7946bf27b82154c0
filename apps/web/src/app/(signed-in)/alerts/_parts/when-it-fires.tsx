import type { AlertSummary } from '../../../../api/types.ts'
import { Until } from '../../../../components/clock.tsx'

/** Of a pending alert: when it fires, or that it does not. */
export function WhenItFires({ alert }: { alert: AlertSummary }) {
  const { dueAt, condition, hosts, silentHosts } = alert
  if (dueAt === null) return 'fires nothing: it was so when first seen, or planned'
  if (condition !== 'silent' && silentHosts === hosts) return 'fires once a host of it speaks again'
  return (
    <>
      fires <Until at={dueAt} past="any moment" /> if it holds on
    </>
  )
}
