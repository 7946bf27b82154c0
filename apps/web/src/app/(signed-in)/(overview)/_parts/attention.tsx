import Link from 'next/link'
import type { AlertSummary, AlertsPage, Attention as AttentionItem, Overview } from '../../../../api/types.ts'
import { Elapsed } from '../../../../components/clock.tsx'
import { MiniStrip } from '../../../../components/mini-strip.tsx'
import { PageIcon } from '../../../../components/shell/page-icon.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { CutName, DemoMark } from '../../../../components/text.tsx'
import { holderText, isLoud } from '../../../../words/alerts.ts'
import { flagWords } from '../../../../words/flags.ts'
import { heldBy, telling } from '../../../../words/host-status.ts'
import { counted } from '../../../../words/numbers.ts'
import { reasonSentence, stateWords } from '../../../../words/states.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import { hostHref } from '../../hosts/search-params.ts'

type AttentionProps = { overview: Overview; alerts: AlertsPage | null; at: string | null }

/** What somebody has to get up for, then the hosts that need someone, worst first. None is good news and looks like it. */
export function Attention({ overview, alerts, at }: AttentionProps) {
  const loud = alerts?.items.filter(isLoud) ?? []
  const firing = alerts?.firing ?? 0
  return (
    <section aria-labelledby="attention" className="panel">
      <div className="panel-head">
        <h2 id="attention" className="text-14">
          Needs attention
        </h2>
        {firing > 0 && (
          <Link href="/alerts" prefetch={false} className="textlink inline-flex min-h-6 items-center text-13">
            {counted(firing, 'alert')} {firing === 1 ? 'fires' : 'fire'}
          </Link>
        )}
      </div>
      {overview.attention.length + loud.length === 0 ? (
        <p className="p-4 text-muted">
          {at === null
            ? 'Nothing needs you now: no host is stuck, failed or silent.'
            : 'Nothing needed anyone then: no host was stuck, failed or silent.'}
        </p>
      ) : (
        <ul data-live-list="" className="divide-y divide-line">
          {loud.map((alert) => (
            <LoudRow key={`alert ${alert.id}`} alert={alert} />
          ))}
          {overview.attention.map((item) => (
            <Row key={item.host.id} item={item} at={at} />
          ))}
        </ul>
      )}
    </section>
  )
}

function LoudRow({ alert }: { alert: AlertSummary }) {
  return (
    <li className="relative grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-3 px-4 py-2.5 hover:bg-surface">
      <span className="text-stuck-text">
        <PageIcon name="alerts" />
      </span>
      <div className="min-w-0">
        <Link
          href={`/alerts/${alert.id}`}
          prefetch={false}
          className="text-13 font-medium wrap-anywhere after:absolute after:inset-0 hover:underline"
        >
          {visibleText(alert.summary)}
        </Link>
        <p className="text-13 text-muted">
          {alert.demo && <DemoMark />} <span className="ml-1 text-stuck-text">Get up</span>
          {' · '}
          {holderText(alert)}
        </p>
      </div>
      <span className="min-w-24 text-right text-13">
        <span className="block text-12 text-muted">firing for </span>
        <Elapsed since={alert.firingAt ?? alert.since} className="mono" />
      </span>
    </li>
  )
}

function Row({ item: { host, transition }, at }: { item: AttentionItem; at: string | null }) {
  const { status } = host
  const age = telling(status, transition?.progressAt ?? null)
  return (
    <li
      data-state={status.state}
      className="relative grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-3 px-4 py-2.5 hover:bg-surface"
    >
      <span className="text-state">
        <StateGlyph state={status.state} />
      </span>
      <div className="min-w-0">
        <p className="flex min-w-0 items-center gap-2">
          <Link
            href={hostHref(host.id, at)}
            prefetch={false}
            className="flex min-w-0 text-13 font-medium after:absolute after:inset-0 hover:underline"
          >
            <CutName>{host.hostname}</CutName>
          </Link>
          {host.demo && <DemoMark />}
          {status.flags.includes('forced') && (
            <span className="text-12 text-stuck-text" title={flagWords.forced.meaning}>
              forced
            </span>
          )}
        </p>
        <p className="line-clamp-2 text-13 text-muted max-sm:line-clamp-3">
          <span className="text-state">{stateWords[status.state].word}</span>
          {' · '}
          {why(host, transition)}
        </p>
      </div>
      <div className="flex items-center gap-3">
        {transition !== null && (
          <span className={`max-sm:hidden ${status.state === 'silent' ? 'stale' : ''}`}>
            <MiniStrip
              total={transition.total}
              remaining={transition.remaining}
              stuck={status.state === 'stuck'}
            />
          </span>
        )}
        <span className="min-w-24 text-right text-13">
          <span className="block text-12 text-muted">{age.word} </span>
          <Elapsed since={age.since} before={age.before} className="mono" />
        </span>
      </div>
    </li>
  )
}

function why(host: AttentionItem['host'], transition: AttentionItem['transition']): string {
  const held = heldBy(transition?.worst ?? null)
  const { state, lastState, reason } = host.status
  const last =
    state === 'silent' && lastState !== null
      ? `${stateWords[lastState].word.toLowerCase()} when it last spoke`
      : null
  if (held === null) return last ?? reasonSentence(state, reason)
  const before = last === null ? '' : `${last}, on `
  const unit = transition?.worst?.unit ?? null
  return `${before}${held}${unit === null ? '' : `, ${visibleText(unit)}`}`
}
