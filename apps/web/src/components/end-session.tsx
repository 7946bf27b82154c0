'use client'

import { useRouter } from 'next/navigation'
import { write } from '../api/write.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

export function EndSession({ id, device }: { id: string; device: string }) {
  const router = useRouter()
  return (
    <ConfirmDialog
      opener="End…"
      openerLabel={`End the session of ${device}`}
      openerClass="button"
      title={`End the session of ${device}`}
      keep="Keep it"
      confirm="End session"
      busyWord="Ending…"
      act={() => write('DELETE', `/v1/sessions/${encodeURIComponent(id)}`)}
      onDone={() => router.refresh()}
    >
      <p>It is signed out at once. Whoever knows the password can sign in there again.</p>
    </ConfirmDialog>
  )
}
