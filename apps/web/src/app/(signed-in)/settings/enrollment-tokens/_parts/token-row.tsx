import type { EnrollmentToken } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { EndCredential } from '../../../../../components/end-credential.tsx'
import { Expiry } from '../../../../../components/expiry.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../components/record-table.tsx'
import { labelsText } from '../../../../../words/labels-text.ts'
import { number } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

const isUsedUp = ({ uses, maxUses }: EnrollmentToken): boolean => maxUses !== null && uses >= maxUses

/** Whether it would let a host in now. */
export const isUsable = (token: EnrollmentToken, now: number): boolean =>
  token.revokedAt === null && Date.parse(token.expiresAt) > now && !isUsedUp(token)

export function TokenRow(props: { token: EnrollmentToken; now: number; mayWrite: boolean }) {
  const { token, now, mayWrite } = props
  const usable = isUsable(token, now)
  const given = labelsText(token.labels)
  return (
    <RecordRow ended={!usable}>
      <RecordHead>
        <span className="font-medium">{visibleText(token.label)}</span>
        <span className="block text-muted">
          {token.createdBy === null ? 'made' : `by ${visibleText(token.createdBy)}`}{' '}
          <Ago at={token.createdAt} />
        </span>
      </RecordHead>
      <RecordCell word={given === '' ? undefined : 'Hosts get'}>
        {given === '' ? (
          <span className="text-muted max-sm:hidden">no labels</span>
        ) : (
          <span className="mono text-12">{given}</span>
        )}
      </RecordCell>
      <RecordCell word="Used" beside>
        <span className="mono">
          {number(token.uses)}
          {token.maxUses !== null && ` of ${number(token.maxUses)}`}
        </span>
        {isUsedUp(token) && <span className="block">used up</span>}
      </RecordCell>
      <RecordCell word="Works" beside>
        {token.revokedAt !== null ? (
          <>
            revoked <Ago at={token.revokedAt} focusable />
          </>
        ) : (
          <span className="whitespace-nowrap">
            {Date.parse(token.expiresAt) > now && 'ends '}
            <Expiry at={token.expiresAt} now={now} past="expired" />
          </span>
        )}
      </RecordCell>
      <RecordCell right>
        {mayWrite && usable && (
          <EndCredential
            path={`/v1/enrollment-tokens/${token.id}`}
            what="token"
            label={token.label}
            after="Hosts that came with it stay."
          />
        )}
      </RecordCell>
    </RecordRow>
  )
}
