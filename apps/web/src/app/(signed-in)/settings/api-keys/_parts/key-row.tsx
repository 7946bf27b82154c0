import type { ApiKey } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { EndCredential } from '../../../../../components/end-credential.tsx'
import { Expiry } from '../../../../../components/expiry.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../components/record-table.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'

export const isKeyUsable = ({ revokedAt, expiresAt }: ApiKey, now: number): boolean =>
  revokedAt === null && Date.parse(expiresAt) > now

export function KeyRow(props: { apiKey: ApiKey; now: number; mayWrite: boolean }) {
  const { apiKey, now, mayWrite } = props
  const usable = isKeyUsable(apiKey, now)
  return (
    <RecordRow ended={!usable}>
      <RecordHead>
        <span className="font-medium">{visibleText(apiKey.label)}</span>{' '}
        <span className="mono text-12 text-muted">{apiKey.prefix}…</span>
        <span className="block text-muted">
          {apiKey.createdBy === null ? 'made' : `by ${visibleText(apiKey.createdBy)}`}{' '}
          <Ago at={apiKey.createdAt} />
        </span>
      </RecordHead>
      <RecordCell word="May">
        <span className="mono text-12">{apiKey.scopes.join(', ')}</span>
      </RecordCell>
      <RecordCell word="Last used" beside>
        {apiKey.lastUsedAt === null ? 'never' : <Ago at={apiKey.lastUsedAt} focusable />}
      </RecordCell>
      <RecordCell word="Works" beside>
        {apiKey.revokedAt !== null ? (
          <>
            revoked <Ago at={apiKey.revokedAt} focusable />
          </>
        ) : (
          <span className="whitespace-nowrap">
            {usable && 'ends '}
            <Expiry at={apiKey.expiresAt} now={now} past="expired" />
          </span>
        )}
      </RecordCell>
      <RecordCell right>
        {mayWrite && usable && (
          <EndCredential
            path={`/v1/api-keys/${apiKey.id}`}
            what="key"
            label={apiKey.label}
            after="The program that has it is refused from now on."
          />
        )}
      </RecordCell>
    </RecordRow>
  )
}
