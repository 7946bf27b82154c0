import { auditActions } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import type { AuditPage } from '../../../../api/types.ts'
import { auditWords } from '../../../../words/audit.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { type AuditView, auditHref, auditQuery, isFiltered } from '../search-params.ts'

type AuditFilterProps = { view: AuditView; page: AuditPage; names: ReadonlyMap<string, string> }

/** A plain form, which works before any script has loaded. */
export function AuditFilter({ view, page, names }: AuditFilterProps) {
  const csv = auditQuery({ ...view, cursor: null })
  csv.set('format', 'csv')
  return (
    <>
      <form action="/audit" className="flex flex-wrap items-center gap-2 max-sm:w-full">
        <Choice name="actor" label="Who" value={view.actor} options={actorsOf({ view, page, names })} />
        <Choice
          name="action"
          label="What"
          value={view.action}
          options={auditActions.map((action) => [action, auditWords[action]])}
        />
        <button type="submit" className="button max-sm:min-h-11">
          Filter
        </button>
        {isFiltered(view) && (
          <Link
            href={auditHref({})}
            prefetch={false}
            className="textlink inline-flex min-h-6 items-center text-13"
          >
            Show all
          </Link>
        )}
      </form>
      <a
        href={`/v1/audit?${csv}`}
        download="graftwatch-audit.csv"
        className="textlink inline-flex min-h-6 items-center text-13"
      >
        Download as CSV
      </a>
    </>
  )
}

/** Everybody there is, and whom the rows name: keys, and people who are gone. */
function actorsOf({ view, page, names: people }: AuditFilterProps): (readonly [string, string])[] {
  const names = new Map(people)
  for (const { actor } of page.items)
    if (actor.id !== null && !names.has(actor.id)) names.set(actor.id, actor.name)
  if (view.actor !== null && !names.has(view.actor)) names.set(view.actor, view.actor)
  return [...names].map(([id, name]) => [id, visibleText(name)])
}

function Choice(props: {
  name: string
  label: string
  value: string | null
  options: readonly (readonly [string, string])[]
}) {
  return (
    <select
      key={props.value}
      name={props.name}
      aria-label={props.label}
      defaultValue={props.value ?? ''}
      className="field min-h-8 w-auto max-w-full py-1 text-13 max-sm:min-h-11 max-sm:w-full sm:max-w-56"
    >
      <option value="">{props.name === 'actor' ? 'Everybody' : 'Everything'}</option>
      {props.options.map(([value, word]) => (
        <option key={value} value={value}>
          {word}
        </option>
      ))}
    </select>
  )
}
