import Link from 'next/link'
import type { AuditEntry, AuditPage } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { RecordCell, RecordHead, RecordRow, RecordTable } from '../../../../components/record-table.tsx'
import { Unknown } from '../../../../components/text.tsx'
import { auditFacts, auditWords } from '../../../../words/audit.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type AuditView, auditHref, isFiltered } from '../search-params.ts'

export function AuditList({ view, page }: { view: AuditView; page: AuditPage }) {
  if (page.items.length === 0) {
    return (
      <p className="p-4 text-muted">
        {isFiltered(view) ? 'Nobody has done that.' : 'The log ends before here.'}{' '}
        <Link href={auditHref({})} prefetch={false} className="textlink">
          Show all
        </Link>
      </p>
    )
  }
  return (
    <>
      <RecordTable
        caption="Who did what, newest first"
        columns={[
          { word: 'When', width: 'w-36' },
          { word: 'Who', width: 'w-[20%]' },
          { word: 'What' },
          { word: 'From', width: 'w-40' },
        ]}
      >
        {page.items.map((entry) => (
          <AuditRow key={entry.id} entry={entry} view={view} />
        ))}
      </RecordTable>
      <Paging
        label="Pages of the log"
        first={view.cursor === null ? null : auditHref({ ...view, cursor: null })}
        firstWord="Back to the newest"
        next={page.nextCursor === null ? null : auditHref({ ...view, cursor: page.nextCursor })}
        nextWord="Next 50"
      />
    </>
  )
}

function AuditRow({ entry, view }: { entry: AuditEntry; view: AuditView }) {
  const { actor } = entry
  const facts = auditFacts(entry)
  return (
    <RecordRow>
      <RecordHead>
        <Ago at={entry.at} focusable />
      </RecordHead>
      <RecordCell>
        {actor.id === null || actor.id === view.actor ? (
          visibleText(actor.name)
        ) : (
          <Link
            href={auditHref({ ...view, actor: actor.id, cursor: null })}
            prefetch={false}
            className="textlink"
            title="Only what they did"
          >
            {visibleText(actor.name)}
          </Link>
        )}
        {actor.kind === 'key' && <span className="text-muted"> (API key)</span>}
      </RecordCell>
      <RecordCell>
        {auditWords[entry.action]}{' '}
        <span className="mono text-12 text-muted">{visibleText(entry.subject)}</span>
        {facts.length > 0 && <span className="block text-12 text-muted">{facts.join(' · ')}</span>}
      </RecordCell>
      <RecordCell word="From">
        {entry.address === null ? (
          <Unknown reason="the server itself, or an entry without an address" />
        ) : (
          <span className="mono">{entry.address}</span>
        )}
      </RecordCell>
    </RecordRow>
  )
}
