'use client'

import { useRouter } from 'next/navigation'
import type { Silence } from '../../../../../../api/types.ts'
import { write } from '../../../../../../api/write.ts'
import { ConfirmDialog } from '../../../../../../components/confirm-dialog.tsx'
import { visibleText } from '../../../../../../words/visible-text.ts'

export function EndSilence({ silence }: { silence: Silence }) {
  const router = useRouter()
  const reason = visibleText(silence.reason)
  return (
    <ConfirmDialog
      opener="End now…"
      openerLabel={`End now: ${reason}`}
      openerClass="button"
      title="End this silence now"
      keep="Keep it"
      confirm="End silence"
      busyWord="Ending…"
      act={() => write('POST', `/v1/silences/${silence.id}/end`)}
      onDone={() => router.refresh()}
    >
      <p className="wrap-anywhere">
        “{reason}”. Alerts that it keeps quiet and that still fire are sent from now on.
      </p>
    </ConfirmDialog>
  )
}
