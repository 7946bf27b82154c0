import Link from 'next/link'
import type { User } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../components/record-table.tsx'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { UserActs } from './user-acts.tsx'

export function UserRow({ user, own }: { user: User; own: boolean }) {
  return (
    <RecordRow ended={user.disabledAt !== null}>
      <RecordHead>
        <span className="font-medium">{visibleText(user.name)}</span>
        {own && <span className="text-muted"> (you)</span>}
        <span className="block text-muted">{visibleText(user.email)}</span>
      </RecordHead>
      <RecordCell word="Role">
        {user.role}
        {user.disabledAt !== null && (
          <span className="block">
            disabled <Ago at={user.disabledAt} />
          </span>
        )}
      </RecordCell>
      <RecordCell word="Signed in">
        {user.sessions === 0 ? (
          <span className="text-muted">nowhere</span>
        ) : (
          <Link
            href={own ? '/account' : `/settings/users/${encodeURIComponent(user.id)}`}
            prefetch={false}
            className="textlink -my-1 inline-block py-1"
            aria-label={`${counted(user.sessions, 'session')} of ${visibleText(user.name)}`}
          >
            {counted(user.sessions, 'session')}
          </Link>
        )}
      </RecordCell>
      <RecordCell word="Added">
        <Ago at={user.createdAt} focusable />
      </RecordCell>
      <RecordCell>
        <UserActs user={user} own={own} />
      </RecordCell>
    </RecordRow>
  )
}
