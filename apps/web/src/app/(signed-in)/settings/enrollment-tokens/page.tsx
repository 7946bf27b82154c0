import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import { getEnrollmentTokens, getViewer, settled } from '../../../../api/read.ts'
import type { EnrollmentToken } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { RecordTable } from '../../../../components/record-table.tsx'
import { counted } from '../../../../words/numbers.ts'
import type { PageProps } from '../../../page-props.ts'
import { nextHref, sectionPage } from '../_parts/section-page.ts'
import { SectionRefused } from '../_parts/section-refused.tsx'
import { AddToken } from './_parts/add-token.tsx'
import { isUsable, TokenRow } from './_parts/token-row.tsx'

export const metadata: Metadata = { title: 'Enrollment tokens · Settings' }
const path = '/settings/enrollment-tokens'

/** What lets hosts in. */
export default async function EnrollmentTokensPage({ searchParams }: PageProps) {
  const { cursor, query } = sectionPage(await searchParams)
  const [page, viewer] = await Promise.all([settled(getEnrollmentTokens(query)), settled(getViewer())])
  if (page instanceof ApiProblem) return <SectionRefused problem={page.problem} />
  const now = new Date()
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('enrollment-tokens:write')
  return (
    <ClockProvider now={now.toISOString()}>
      {cursor === null && page.nextCursor === null && (
        <p className="mb-5 max-w-[72ch] text-20">{tokensSentence(page.items, now.getTime())}</p>
      )}
      <section aria-labelledby="tokens" className="panel">
        <div className="panel-head">
          <h2 id="tokens" className="text-14">
            Enrollment tokens
          </h2>
          {mayWrite && <AddToken />}
        </div>
        {page.items.length === 0 ? (
          <p className="p-4 text-muted">
            {cursor === null
              ? 'Each token made here or under Add hosts will stand here with its uses. None was made yet.'
              : 'The list ends before here.'}{' '}
            <Link href={cursor === null ? '/add' : path} prefetch={false} className="textlink">
              {cursor === null ? 'Add hosts' : 'Back to the newest'}
            </Link>
          </p>
        ) : (
          <RecordTable
            caption="Enrollment tokens, newest first"
            columns={[
              { word: 'Token' },
              { word: 'Hosts get', width: 'w-[22%]' },
              { word: 'Used', width: 'w-32' },
              { word: 'Works', width: 'w-52' },
              { word: 'Acts', width: 'w-28', acts: true },
            ]}
          >
            {page.items.map((token) => (
              <TokenRow key={token.id} token={token} now={now.getTime()} mayWrite={mayWrite} />
            ))}
          </RecordTable>
        )}
        <Paging
          label="Pages of tokens"
          first={cursor === null ? null : path}
          firstWord="Back to the newest"
          next={nextHref(path, page.nextCursor)}
          nextWord="Next 100"
        />
      </section>
      <p className="mt-3 max-w-[72ch] text-13 text-muted">
        A token that the server was started with (<code className="mono">GRAFTWATCH_ENROLLMENT_TOKEN</code>)
        is not in this list; it works for as long as the server is started with it. With{' '}
        <Link href="/add" prefetch={false} className="textlink">
          Add hosts
        </Link>{' '}
        a token comes inside the line to paste.
      </p>
    </ClockProvider>
  )
}

function tokensSentence(tokens: readonly EnrollmentToken[], now: number): string {
  if (tokens.length === 0) return 'No token lets hosts in.'
  const usable = tokens.filter((token) => isUsable(token, now)).length
  const word = usable === 0 ? 'None' : String(usable)
  return `${word} of ${counted(tokens.length, 'token')} ${usable === 1 ? 'lets' : 'let'} hosts in.`
}
