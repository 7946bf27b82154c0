'use client'

import type { AlertSummary } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { WriteButton } from '../../../../components/write-button.tsx'
import { visibleText } from '../../../../words/visible-text.ts'

/** Says in one press that one has it. The alert's own page takes a note with it. */
export const AcknowledgeNow = ({ alert }: { alert: AlertSummary }) => (
  <WriteButton
    act={() => write('POST', `/v1/alerts/${alert.id}/acknowledge`, { note: null })}
    className="button max-sm:min-h-11"
    aria-label={`Acknowledge ${visibleText(alert.summary)}`}
    busyWord="Acknowledging…"
    problemClass="w-full"
  >
    Acknowledge
  </WriteButton>
)
