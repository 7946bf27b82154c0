'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { ask } from '../../../../api/ask.ts'
import { live } from '../../../../api/live.ts'
import type { Arrivals as Answer, NewEnrollmentToken, Problem } from '../../../../api/types.ts'
import { After, Ago, ClockProvider, Elapsed } from '../../../../components/clock.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { CutName } from '../../../../components/text.tsx'
import { type Arrival, arrivalFacts, hasReported } from '../../../../words/arrival.ts'
import { number } from '../../../../words/numbers.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { UsualCauses } from './usual-causes.tsx'

/** Every live message may be of a host that came; a busy fleet sends many. */
const askEveryMs = 1000
const patienceSeconds = 60

/** Who has come since the line was made, as it happens. */
export function Arrivals({ token, url }: { token: NewEnrollmentToken; url: string }) {
  const { answer, problem } = useArrivals(token.id)
  const items = answer?.items ?? []
  const newest = items.find(hasReported)
  return (
    <section aria-labelledby="arrivals" className="panel">
      <div className="panel-head">
        <h2 id="arrivals" className="text-14">
          Who has come
        </h2>
        {answer !== null && (
          <span className="mono text-12 text-muted">
            {token.maxUses === null
              ? `used ${number(answer.uses)} times`
              : `${number(answer.uses)} of ${number(token.maxUses)} used`}
          </span>
        )}
      </div>
      <p role="status" className="sr-only">
        {newest !== undefined && `${visibleText(newest.host.hostname)} has arrived.`}
      </p>
      <ClockProvider now={answer?.now ?? token.createdAt}>
        {items.length > 0 && (
          <ul className="divide-y divide-line">
            {items.map((item) => (
              <ArrivalRow key={item.host.id} item={item} />
            ))}
          </ul>
        )}
        {newest === undefined && (
          <div className="p-4">
            <p className="flex items-center gap-2.5 text-14">
              <span aria-hidden="true" className="size-2.5 rounded-full border border-dashed border-muted" />
              <span>
                Waiting for the first report…{' '}
                <Elapsed since={token.createdAt} precise className="text-13 text-muted" />
              </span>
            </p>
            <After at={token.createdAt} seconds={patienceSeconds}>
              <UsualCauses url={url} />
            </After>
          </div>
        )}
      </ClockProvider>
      {problem !== null && (
        <p role="alert" className="border-t border-line p-4 text-13 text-stuck-text">
          {problem.detail} {problem.remedy}
        </p>
      )}
    </section>
  )
}

function ArrivalRow({ item }: { item: Arrival }) {
  const { host, at, again } = item
  const reported = hasReported(item)
  return (
    <li
      data-state={host.status.state}
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3"
    >
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2">
          <span className="text-state">
            <StateGlyph state={host.status.state} />
          </span>
          <span className="flex min-w-0 font-medium">
            <CutName>{host.hostname}</CutName>
          </span>
          <span>
            {reported ? 'arrived' : 'enrolled'} <Ago at={at} />
          </span>
        </p>
        <p className="pl-5 text-13 wrap-anywhere text-muted">
          {reported ? `${arrivalFacts(item)}.` : 'Its first report is on the way.'}
          {again && ' It was known before; its key is new.'}
        </p>
      </div>
      {reported && (
        <Link href={`/hosts/${host.id}`} prefetch={false} className="button">
          Open host<span className="sr-only"> {visibleText(host.hostname)}</span>
        </Link>
      )}
    </li>
  )
}

function useArrivals(tokenId: string): { answer: Answer | null; problem: Problem | null } {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)

  useEffect(() => {
    const ended = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let asking = false
    let wanted = false

    async function load() {
      timer = undefined
      asking = true
      wanted = false
      const read = await ask<Answer>(`/v1/enrollment-tokens/${tokenId}/arrivals`, ended.signal)
      asking = false
      if (ended.signal.aborted) return
      if (read.ok) setAnswer(read.answer)
      setProblem(read.ok ? null : read.problem)
      if (wanted) schedule()
    }
    // What comes while one answer is on its way may not be in it.
    const schedule = () => {
      if (asking) wanted = true
      else timer ??= setTimeout(load, askEveryMs)
    }
    void load()
    const off = live.onMessage(({ type }) => {
      if (type !== 'beat') schedule()
    })
    return () => {
      ended.abort()
      clearTimeout(timer)
      off()
    }
  }, [tokenId])

  return { answer, problem }
}
