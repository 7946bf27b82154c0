import type { AlertDetail } from '../../../../../api/types.ts'
import { RemedyLines } from '../../../../../components/remedy-lines.tsx'
import { visibleLines, visibleText } from '../../../../../words/visible-text.ts'

/** The first safe step, the rule's own words, and what is known of the task that has held longest. */
export function WhatToDo({ detail: { alert, description, remedy, runbookUrl } }: { detail: AlertDetail }) {
  // Where the step is the task's own, and more, it stands once.
  const one = remedy !== null && alert.firstStep.startsWith(remedy.safeStep)
  return (
    <section aria-labelledby="remedy" className="panel">
      <div className="panel-head">
        <h2 id="remedy" className="text-14">
          {alert.status === 'resolved' ? 'What it was' : 'What to do'}
        </h2>
        {runbookUrl !== null && (
          <a href={runbookUrl} rel="noreferrer" className="textlink text-13">
            Runbook
          </a>
        )}
      </div>
      <div className="flex flex-col gap-4 p-4">
        {!one && alert.status !== 'resolved' && (
          <div className="max-w-[72ch]">
            <p className="eyebrow">First safe step</p>
            <p className="mt-0.5 font-semibold wrap-anywhere">{visibleText(alert.firstStep)}</p>
          </div>
        )}
        {description !== '' && (
          <p className="max-w-[72ch] text-14 wrap-anywhere whitespace-pre-line">
            {visibleLines(description)}
          </p>
        )}
        {remedy !== null && <RemedyLines remedy={one ? { ...remedy, safeStep: alert.firstStep } : remedy} />}
      </div>
    </section>
  )
}
