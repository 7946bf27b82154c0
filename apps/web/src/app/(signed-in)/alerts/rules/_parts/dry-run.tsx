import { useId, useState } from 'react'
import type { RuleDryRun } from '../../../../../api/types.ts'
import { SelectField } from '../../../../../components/select-field.tsx'
import { duration, secondsSince, utcInstant } from '../../../../../words/duration.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { visibleLines, visibleText } from '../../../../../words/visible-text.ts'

const spans = [
  ['7', 'the last 7 days'],
  ['30', 'the last 30 days'],
] as const

/** As many as one looks through; the sentence counts the rest. */
const shownAtMost = 12

type DryRunProps = {
  run: { days: number; answer: RuleDryRun } | null
  busy: boolean
  onTry: (days: number) => void
}

/** What the rule as it is typed would have done, and what it would have said, before it is saved. */
export function DryRun({ run, busy, onTry }: DryRunProps) {
  const title = useId()
  const [days, setDays] = useState('7')
  return (
    <section aria-labelledby={title} className="panel lg:sticky lg:top-16 lg:row-span-2">
      <div className="panel-head">
        <h2 id={title} className="text-14">
          Dry run
        </h2>
      </div>
      <div className="flex flex-wrap items-end gap-3 p-4">
        <div className="min-w-40 flex-1">
          <SelectField
            name="days"
            label="Over"
            options={spans}
            value={days}
            onChange={(event) => setDays(event.target.value)}
          />
        </div>
        <button type="button" className="button min-h-10" disabled={busy} onClick={() => onTry(Number(days))}>
          {busy ? 'Looking back…' : 'Try it'}
        </button>
      </div>
      <div role="status" className="text-13">
        {run === null ? (
          <p className="px-4 pb-4 text-muted">
            Shows which alerts this rule would have raised, and the texts filled in. Nothing is saved or sent.
          </p>
        ) : (
          <Answer days={run.days} answer={run.answer} />
        )}
      </div>
    </section>
  )
}

function Answer({ days, answer }: { days: number; answer: RuleDryRun }) {
  const { total, exact, hostsNow, preview } = answer
  const items = answer.items.slice(0, shownAtMost)
  const now = Date.parse(answer.now)
  return (
    <>
      <p className="px-4 text-16">
        {total === 0
          ? `It would have raised no alert in ${days} days.`
          : `It would have raised ${exact ? '' : 'at least '}${counted(total, 'alert')} in ${days} days.`}
      </p>
      <p className="px-4 pb-4 text-muted">
        It watches {counted(hostsNow, 'host')} today. What demo hosts had is left out.
        {!exact && ' More hosts matched than were looked at, so these are lower bounds.'}
      </p>
      <div className="border-t border-line px-4 py-3">
        <h3 className="eyebrow">
          {preview.isExample ? 'What it would say, of an example host' : 'What it would have said'}
        </h3>
        <p className="mt-0.5 font-semibold wrap-anywhere">{visibleText(preview.summary)}</p>
        {preview.description !== '' && (
          <p className="mt-1 wrap-anywhere whitespace-pre-line">{visibleLines(preview.description)}</p>
        )}
      </div>
      {items.length > 0 && (
        <ol aria-label="Alerts it would have raised" className="divide-y divide-line border-t border-line">
          {items.map((item) => (
            <li key={`${item.firingAt} ${item.group} ${item.examples.join(' ')}`} className="px-4 py-2">
              <p className="flex flex-wrap justify-between gap-x-3">
                <span className="min-w-0 wrap-anywhere">
                  {counted(item.hosts, 'host')}
                  {item.group !== '' && <span className="text-muted"> · {visibleText(item.group)}</span>}
                </span>
                <time dateTime={item.firingAt} data-tip="" className="text-muted">
                  {utcInstant(item.firingAt, now)}
                </time>
              </p>
              <p className="text-12 wrap-anywhere text-muted">
                {item.resolvedAt === null
                  ? 'still fires'
                  : `for ${duration(secondsSince(item.firingAt, Date.parse(item.resolvedAt)))}`}
                {item.examples.length > 0 && ` · ${item.examples.map(visibleText).join(', ')}`}
                {item.hosts > item.examples.length &&
                  item.examples.length > 0 &&
                  ` and ${number(item.hosts - item.examples.length)} more`}
              </p>
            </li>
          ))}
        </ol>
      )}
      {total > items.length && (
        <p className="border-t border-line px-4 py-2.5 text-muted">
          The newest {items.length} of {number(total)}.
        </p>
      )}
    </>
  )
}
