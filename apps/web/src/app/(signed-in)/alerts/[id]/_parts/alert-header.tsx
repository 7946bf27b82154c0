import Link from 'next/link'
import type { AlertDetail, AlertSummary } from '../../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../../components/clock.tsx'
import { CopyButton } from '../../../../../components/copy-button.tsx'
import { DemoMark } from '../../../../../components/text.tsx'
import { alertTicket } from '../../../../../words/alert-ticket.ts'
import {
  actNowText,
  firedFor,
  isLoud,
  severityWords,
  signatureText,
  silentWords,
} from '../../../../../words/alerts.ts'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { DrillMark } from '../../_parts/drill-mark.tsx'
import { SilenceSheet } from '../../_parts/silence-sheet.tsx'
import { SilencedUntil } from '../../_parts/silenced-until.tsx'
import { WhenItFires } from '../../_parts/when-it-fires.tsx'
import { Acknowledge, GiveBack } from './acknowledge.tsx'

type AlertHeaderProps = { detail: AlertDetail; base: string; permissions: readonly string[] }

export function AlertHeader({ detail, base, permissions }: AlertHeaderProps) {
  const { alert } = detail
  const open = alert.status !== 'resolved'
  const mayAnswer = permissions.includes('alerts:answer')
  const signature = signatureText(alert)
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="text-20 wrap-anywhere">
          <bdi>{visibleText(alert.summary)}</bdi>
        </h1>
        <p className="mt-1 text-13 wrap-anywhere text-muted">
          {alert.drill && (
            <>
              <DrillMark />{' '}
            </>
          )}
          {alert.demo && (
            <>
              <DemoMark />{' '}
            </>
          )}
          <span className="font-medium text-ink">{severityWords[alert.severity].word}</span>{' '}
          {severityWords[alert.severity].means} · rule{' '}
          <Link href={`/alerts/rules/${alert.rule.id}`} prefetch={false} className="textlink mono">
            {visibleText(alert.rule.name)}
          </Link>
          {signature !== null && alert.signature !== null && (
            <>
              {' · '}
              <Link href={`/blockers/${alert.signature.id}`} prefetch={false} className="textlink">
                {signature}
              </Link>
            </>
          )}
        </p>
        <p className="mt-2 max-w-[72ch] text-16">
          <Status alert={alert} /> {alert.drill && 'It is a fire drill: no host is touched. '}
          <Holder alert={alert} />
        </p>
        {open && (
          <p className="mt-1 max-w-[72ch] text-16">
            <span className="text-muted">Get up?</span>{' '}
            <span className={alert.actNow.now ? 'font-semibold' : ''}>{actNowText(alert)}</span>
          </p>
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        {open &&
          mayAnswer &&
          (alert.acknowledged === null ? <Acknowledge alert={alert} /> : <GiveBack alert={alert} />)}
        {open && permissions.includes('silences:write') && <SilenceSheet alert={alert} />}
        <span data-shortcut="y" className="contents">
          <CopyButton text={alertTicket(detail, base)} label="Copy for ticket" />
        </span>
      </div>
    </header>
  )
}

function Status({ alert }: { alert: AlertSummary }) {
  const silent = silentWords(alert)
  const hosts = counted(alert.hosts, 'host')
  if (alert.resolvedAt !== null) {
    const lasted = firedFor(alert)
    return (
      <>
        Resolved <Ago at={alert.resolvedAt} focusable />
        {lasted !== null && ` after ${lasted}`}; it was about {hosts}.
      </>
    )
  }
  return (
    <>
      <span className={`font-semibold ${isLoud(alert) ? 'text-stuck-text' : ''}`}>
        {alert.status === 'firing' ? 'Firing' : 'Pending'}
      </span>
      {alert.firingAt !== null && (
        <>
          {' '}
          for <Elapsed since={alert.firingAt} focusable />
        </>
      )}
      {' on '}
      {hosts}; it began <Ago at={alert.since} focusable />
      {alert.status === 'pending' && (
        <>
          , and <WhenItFires alert={alert} />
        </>
      )}
      {silent !== null && `, ${silent}`}.
    </>
  )
}

function Holder({ alert: { acknowledged, silencedUntil, status } }: { alert: AlertSummary }) {
  return (
    <>
      {acknowledged === null ? (
        status === 'resolved' ? null : (
          'Nobody has it yet.'
        )
      ) : (
        <>
          {visibleText(acknowledged.by)} {status === 'resolved' ? 'had it' : 'has it'},{' '}
          <Ago at={acknowledged.at} focusable />
          {acknowledged.note ? <>: {visibleText(acknowledged.note).replace(/\.?$/, '.')}</> : '.'}
        </>
      )}
      {silencedUntil !== null && (
        <>
          {' '}
          It is <SilencedUntil at={silencedUntil} />.
        </>
      )}
    </>
  )
}
