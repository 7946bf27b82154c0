'use client'

import type { Delivery } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { WriteButton } from '../../../../components/write-button.tsx'
import { visibleText } from '../../../../words/visible-text.ts'

/** Sends a message again that was given up. The receiver knows it by the same id. */
export const Resend = ({ delivery }: { delivery: Delivery }) => (
  <WriteButton
    act={() => write('POST', `/v1/deliveries/${delivery.id}/resend`)}
    className="button mt-1"
    aria-label={`Send again to ${visibleText(delivery.channel.name)}`}
    busyWord="Sending…"
    problemClass="mt-1"
  >
    Send again
  </WriteButton>
)
