'use client'

import type { NewEnrollmentToken } from '../../../../api/types.ts'
import { After, ClockProvider } from '../../../../components/clock.tsx'
import { utcInstant } from '../../../../words/duration.ts'
import { labelsText } from '../../../../words/labels-text.ts'
import { counted } from '../../../../words/numbers.ts'

/** What the token in the line allows, and when it does no more. */
export function TokenFacts({ made }: { made: NewEnrollmentToken }) {
  return (
    <ClockProvider now={made.createdAt}>
      <p className="max-w-[72ch] text-13 text-muted">
        The token in it is shown this once. It lets in{' '}
        {made.maxUses === null ? 'any number of hosts' : `at most ${counted(made.maxUses, 'host')}`} until{' '}
        {utcInstant(made.expiresAt, Date.parse(made.createdAt))}
        {Object.keys(made.labels).length > 0 && (
          <>
            , each with <span className="mono">{labelsText(made.labels)}</span>
          </>
        )}
        .
      </p>
      <After at={made.expiresAt} seconds={0}>
        <p role="alert" className="text-13 text-stuck-text">
          This token has expired. Make another line.
        </p>
      </After>
    </ClockProvider>
  )
}
