'use client'

import { useRouter } from 'next/navigation'
import type { User } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { ConfirmDialog } from '../../../../../components/confirm-dialog.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'
import { ChangeUser } from './change-user.tsx'

export function UserActs({ user, own }: { user: User; own: boolean }) {
  const router = useRouter()
  const path = `/v1/users/${encodeURIComponent(user.id)}`
  const name = visibleText(user.name)
  const disabled = user.disabledAt !== null
  return (
    <div className="flex flex-wrap gap-2 sm:justify-end">
      <ChangeUser user={user} own={own} />
      <ConfirmDialog
        opener={disabled ? 'Enable…' : 'Disable…'}
        openerLabel={`${disabled ? 'Enable' : 'Disable'} ${name}`}
        openerClass="button"
        title={`${disabled ? 'Enable' : 'Disable'} ${name}`}
        keep="Cancel"
        confirm={disabled ? 'Enable' : 'Disable'}
        busyWord={disabled ? 'Enabling…' : 'Disabling…'}
        act={() => write('PATCH', path, { disabled: !disabled })}
        onDone={() => router.refresh()}
      >
        <p>
          {disabled
            ? 'They may sign in again, with the password and role they had.'
            : 'They are signed out everywhere at once and cannot sign in. Nothing else of theirs is touched; they can be enabled again.'}
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        opener="Remove…"
        openerLabel={`Remove ${name}`}
        openerClass="button"
        title={`Remove ${name}`}
        keep="Keep them"
        confirm="Remove person"
        busyWord="Removing…"
        act={() => write('DELETE', path)}
        onDone={() => router.refresh()}
      >
        <p>
          They are signed out everywhere and gone for good. Tokens and keys that they made go on working, and
          the audit log keeps what they did.
        </p>
      </ConfirmDialog>
    </div>
  )
}
