import type { AlertSummary } from '../../../../api/types.ts'
import { Until } from '../../../../components/clock.tsx'

/** Of a pending alert: when it fires, or that it does not. */
export function WhenItFires({ alert: { dueAt } }: { alert: Pick<AlertSummary, 'dueAt'> }) {
  if (dueAt === null) return 'fires nothing: it was so when first seen'
  return (
    <>
      fires <Until at={dueAt} past="any moment" /> if it holds on
    </>
  )
}
