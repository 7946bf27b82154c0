import Link from 'next/link'
import type { AuditEntry, AuditPage } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { RecordCell, RecordHead, RecordRow, RecordTable } from '../../../../components/record-table.tsx'
import { Unknown } from '../../../../components/text.tsx'
import { auditFacts, auditObject, auditWords } from '../../../../words/audit.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type AuditView, auditHref, isFiltered } from '../search-params.ts'

type AuditListProps = { view: AuditView; page: AuditPage; names: ReadonlyMap<string, string> }

/** `names`: of people, by id. */
export function AuditList({ view, page, names }: AuditListProps) {
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
          <AuditRow key={entry.id} entry={entry} view={view} names={names} />
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

type AuditRowProps = Pick<AuditListProps, 'view' | 'names'> & { entry: AuditEntry }

function AuditRow({ entry, view, names }: AuditRowProps) {
  const { actor } = entry
  const facts = auditFacts(entry)
  return (
    <RecordRow>
      <RecordHead beside>
        <Ago at={entry.at} focusable />
      </RecordHead>
      <RecordCell beside>
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
        <span className="font-medium" title={visibleText(entry.subject)}>
          {auditObject(entry, names)}
        </span>
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
