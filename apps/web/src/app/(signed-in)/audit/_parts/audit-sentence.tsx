import type { AuditPage } from '../../../../api/types.ts'
import { Ago } from '../../../../components/clock.tsx'
import { auditWords } from '../../../../words/audit.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type AuditView, isFiltered } from '../search-params.ts'

/** The newest entry, which is what one comes for after an incident. */
export function AuditSentence({ view, page }: { view: AuditView; page: AuditPage }) {
  const [newest] = page.items
  if (view.cursor !== null || newest === undefined) return <div className="mb-4" />
  return (
    <p className="mt-1 mb-5 max-w-[72ch] text-20">
      {isFiltered(view) ? 'The last of these' : 'The last entry'}: {visibleText(newest.actor.name)}{' '}
      {auditWords[newest.action]}, <Ago at={newest.at} focusable />.
    </p>
  )
}
