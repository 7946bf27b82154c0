'use client'

import { useRouter } from 'next/navigation'
import type { Channel } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { ConfirmDialog } from '../../../../../components/confirm-dialog.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'

export function RemoveChannel({ channel }: { channel: Channel }) {
  const router = useRouter()
  return (
    <ConfirmDialog
      opener="Remove…"
      openerClass="button"
      title={`Remove the channel ${visibleText(channel.name)}`}
      keep="Keep it"
      confirm="Remove channel"
      busyWord="Removing…"
      act={() => write('DELETE', `/v1/channels/${channel.id}`)}
      onDone={() => {
        router.push('/alerts/channels')
        router.refresh()
      }}
    >
      <p>
        Nothing is sent there any more, not even that an alert has ended; what waits is dropped, and what was
        sent is forgotten. To pause it, switch it off instead.
      </p>
    </ConfirmDialog>
  )
}
