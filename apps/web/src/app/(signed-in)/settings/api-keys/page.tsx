import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import { getApiKeys, getViewer, settled } from '../../../../api/read.ts'
import type { ApiKey } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { RecordTable } from '../../../../components/record-table.tsx'
import { counted } from '../../../../words/numbers.ts'
import type { PageProps } from '../../../page-props.ts'
import { nextHref, sectionPage } from '../_parts/section-page.ts'
import { SectionRefused } from '../_parts/section-refused.tsx'
import { AddKey } from './_parts/add-key.tsx'
import { isKeyUsable, KeyRow } from './_parts/key-row.tsx'

export const metadata: Metadata = { title: 'API keys · Settings' }
const path = '/settings/api-keys'

/** What programs may do, and with which keys. */
export default async function ApiKeysPage({ searchParams }: PageProps) {
  const { cursor, query } = sectionPage(await searchParams)
  const [page, viewer] = await Promise.all([settled(getApiKeys(query)), settled(getViewer())])
  if (page instanceof ApiProblem) return <SectionRefused problem={page.problem} />
  const now = new Date()
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('api-keys:write')
  return (
    <ClockProvider now={now.toISOString()}>
      {cursor === null && page.nextCursor === null && (
        <p className="mb-5 max-w-[72ch] text-20">{keysSentence(page.items, now.getTime())}</p>
      )}
      <section aria-labelledby="keys" className="panel">
        <div className="panel-head">
          <h2 id="keys" className="text-14">
            API keys
          </h2>
          {mayWrite && <AddKey />}
        </div>
        {page.items.length === 0 ? (
          <p className="p-4 text-muted">
            {cursor === null ? (
              <>
                A key lets a program read what people see here, or do what its scopes name: an exporter, a
                script, a change ticket. None was made yet. What there is to ask:{' '}
                <a href="/docs" className="textlink">
                  the API
                </a>
                .
              </>
            ) : (
              <>
                The list ends before here.{' '}
                <Link href={path} prefetch={false} className="textlink">
                  Back to the newest
                </Link>
              </>
            )}
          </p>
        ) : (
          <RecordTable
            caption="API keys, newest first"
            columns={[
              { word: 'Key' },
              { word: 'May', width: 'w-[28%]' },
              { word: 'Last used', width: 'w-32' },
              { word: 'Works', width: 'w-52' },
              { word: 'Acts', width: 'w-28', acts: true },
            ]}
          >
            {page.items.map((key) => (
              <KeyRow key={key.id} apiKey={key} now={now.getTime()} mayWrite={mayWrite} />
            ))}
          </RecordTable>
        )}
        <Paging
          label="Pages of keys"
          first={cursor === null ? null : path}
          firstWord="Back to the newest"
          next={nextHref(path, page.nextCursor)}
          nextWord="Next 100"
        />
      </section>
    </ClockProvider>
  )
}

function keysSentence(keys: readonly ApiKey[], now: number): string {
  if (keys.length === 0) return 'No program has a key.'
  const usable = keys.filter((key) => isKeyUsable(key, now))
  const unused = usable.filter(({ lastUsedAt }) => lastUsedAt === null).length
  const rest = unused === 0 ? '' : ` ${unused} ${unused === 1 ? 'was' : 'were'} never used.`
  const word = usable.length === 0 ? 'None' : String(usable.length)
  return `${word} of ${counted(keys.length, 'key')} ${usable.length === 1 ? 'works' : 'work'}.${rest}`
}
