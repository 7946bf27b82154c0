'use client'

import { useRouter } from 'next/navigation'
import { write } from '../api/write.ts'
import { visibleText } from '../words/visible-text.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

type EndCredentialProps = { path: string; what: string; label: string; after: string }

/** Revokes a token or a key. */
export function EndCredential({ path, what, label, after }: EndCredentialProps) {
  const router = useRouter()
  const name = visibleText(label)
  return (
    <ConfirmDialog
      opener="Revoke…"
      openerLabel={`Revoke ${name}`}
      openerClass="button"
      title={`Revoke the ${what} ${name}`}
      keep="Keep it"
      confirm="Revoke"
      busyWord="Revoking…"
      act={() => write('DELETE', path)}
      onDone={() => router.refresh()}
    >
      <p>It ends at once and cannot be brought back. {after}</p>
    </ConfirmDialog>
  )
}
