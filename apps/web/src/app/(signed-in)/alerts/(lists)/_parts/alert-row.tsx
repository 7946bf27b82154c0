import Link from 'next/link'
import type { ReactNode } from 'react'
import type { AlertSummary } from '../../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../../components/clock.tsx'
import { MiniStrip } from '../../../../../components/mini-strip.tsx'
import { CutName, DemoMark } from '../../../../../components/text.tsx'
import {
  actNowText,
  firedFor,
  isLoud,
  severityWords,
  signatureText,
  silentWords,
} from '../../../../../words/alerts.ts'
import { number } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { AcknowledgeNow } from '../../_parts/acknowledge-now.tsx'
import { DrillMark } from '../../_parts/drill-mark.tsx'
import { SilenceSheet } from '../../_parts/silence-sheet.tsx'
import { SilencedUntil } from '../../_parts/silenced-until.tsx'
import { WhenItFires } from '../../_parts/when-it-fires.tsx'

/** How far the transition of one of its hosts has come. */
export type Moved = { total: number | null; remaining: number | null }

type AlertRowProps = { alert: AlertSummary; moved: Moved | null; mayAnswer: boolean; maySilence: boolean }

/** One alert with its evidence: how many hosts and for how long, what it is, whether to get up and what to do, who has it. */
export function AlertRow({ alert, moved, mayAnswer, maySilence }: AlertRowProps) {
  const over = alert.status === 'resolved'
  return (
    <li className="relative grid gap-x-6 gap-y-2 px-4 py-3 hover:bg-surface sm:grid-cols-[7.5rem_minmax(0,1fr)] lg:grid-cols-[7.5rem_minmax(0,5fr)_minmax(0,6fr)]">
      <Size alert={alert} moved={over || alert.signature === null ? null : moved} />
      <What alert={alert} />
      <dl className="flex min-w-0 flex-col gap-1 text-13 sm:max-lg:col-start-2">
        {!over && (
          <>
            <Line term="Get up?">
              <span className={alert.actNow.now ? 'font-semibold' : ''}>{actNowText(alert)}</span>
            </Line>
            <Line term="First safe step">{visibleText(alert.firstStep)}</Line>
          </>
        )}
        <Line term={over ? 'Who had it' : 'Who has it'} acts={!over && (mayAnswer || maySilence)}>
          <span>
            <Holder alert={alert} />
          </span>
          {!over && (mayAnswer || maySilence) && (
            <div className="relative z-[1] flex flex-wrap gap-2 max-sm:mt-2">
              {mayAnswer && alert.acknowledged === null && <AcknowledgeNow alert={alert} />}
              {maySilence && <SilenceSheet alert={alert} />}
            </div>
          )}
        </Line>
      </dl>
    </li>
  )
}

function Size({ alert, moved }: { alert: AlertSummary; moved: Moved | null }) {
  const silent = silentWords(alert)
  const lasted = firedFor(alert)
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 sm:flex-col">
      <p className="text-13">
        <span className={`mono text-20 font-semibold ${isLoud(alert) ? 'text-stuck-text' : ''}`}>
          {number(alert.hosts)}
        </span>{' '}
        {alert.hosts === 1 ? 'host' : 'hosts'}
      </p>
      {alert.resolvedAt === null ? (
        <p className="text-12 text-muted">
          for <Elapsed since={alert.since} className="mono font-medium text-ink" />
        </p>
      ) : (
        <p className="text-12 text-muted">
          ended <Ago at={alert.resolvedAt} />
          {lasted !== null && <span className="block">fired for {lasted}</span>}
        </p>
      )}
      {alert.status === 'pending' && (
        <p className="text-12 text-muted">
          <WhenItFires alert={alert} />
        </p>
      )}
      {moved !== null && <MiniStrip {...moved} stuck={alert.condition === 'stuck'} />}
      {silent !== null && <p className="text-12 text-muted">{silent}</p>}
    </div>
  )
}

function What({ alert }: { alert: AlertSummary }) {
  return (
    <div className="min-w-0 text-13">
      <p className="text-14">
        <Link
          href={`/alerts/${alert.id}`}
          prefetch={false}
          className="inline-block min-w-0 py-0.5 font-medium wrap-anywhere after:absolute after:inset-0 hover:underline"
        >
          <bdi>{visibleText(alert.summary)}</bdi>
        </Link>
      </p>
      <p className="flex min-w-0 flex-wrap items-center gap-x-2 text-12 text-muted">
        {alert.drill && <DrillMark />}
        {alert.demo && <DemoMark />}
        {alert.status === 'resolved' && <span>{severityWords[alert.severity].word}</span>}
        <span className="mono wrap-anywhere">{visibleText(alert.rule.name)}</span>
        <Examples alert={alert} />
        {alert.signature !== null && (
          <Link
            href={`/blockers/${alert.signature.id}`}
            prefetch={false}
            title={signatureText(alert) ?? undefined}
            className="relative z-[1] inline-flex min-h-6 items-center underline decoration-line underline-offset-3 hover:decoration-current"
          >
            its cause
          </Link>
        )}
      </p>
    </div>
  )
}

function Examples({ alert: { examples, hosts } }: { alert: AlertSummary }) {
  if (examples.length === 0) return null
  return (
    <>
      <span>on</span>
      {examples.map(({ id, hostname }) => (
        <Link
          key={id}
          href={`/hosts/${id}`}
          prefetch={false}
          className="relative z-[1] flex min-h-6 max-w-full min-w-0 items-center text-ink hover:underline"
        >
          <CutName>{hostname}</CutName>
        </Link>
      ))}
      {hosts > examples.length && <span>and {number(hosts - examples.length)} more</span>}
    </>
  )
}

function Holder({ alert: { acknowledged, silencedUntil, status } }: { alert: AlertSummary }) {
  return (
    <>
      {acknowledged === null ? (
        status === 'resolved' ? (
          'nobody'
        ) : (
          'nobody yet'
        )
      ) : (
        <>
          <span className="font-medium">{visibleText(acknowledged.by)}</span>, <Ago at={acknowledged.at} />
          {acknowledged.note !== null && (
            <span className="block wrap-anywhere text-muted">{visibleText(acknowledged.note)}</span>
          )}
        </>
      )}
      {silencedUntil !== null && (
        <span className="block text-muted">
          <SilencedUntil at={silencedUntil} />
        </span>
      )}
    </>
  )
}

type LineProps = { term: string; acts?: boolean; children: ReactNode }

/** A term and its words: in columns, on a phone in one run. `acts`: buttons stand at their end. */
function Line({ term, acts = false, children }: LineProps) {
  return (
    <div className="min-w-0 max-sm:*:inline sm:grid sm:grid-cols-[6.5rem_minmax(0,1fr)] sm:items-baseline">
      <dt className="text-12 text-muted">{term} </dt>
      <dd
        className={`wrap-anywhere ${acts ? 'sm:flex sm:flex-wrap sm:items-baseline sm:justify-between sm:gap-x-4 sm:gap-y-2' : ''}`}
      >
        {children}
      </dd>
    </div>
  )
}
