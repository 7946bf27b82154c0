import Link from 'next/link'
import type { AlertSummary, HostDetail } from '../../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../../components/clock.tsx'
import { CopyButton } from '../../../../../components/copy-button.tsx'
import { StateBadge } from '../../../../../components/state-badge.tsx'
import { StateGlyph } from '../../../../../components/state-glyph.tsx'
import { BreakableName, DemoMark, WithCommands } from '../../../../../components/text.tsx'
import { holderText, isLoud, severityWords } from '../../../../../words/alerts.ts'
import { duration } from '../../../../../words/duration.ts'
import { flagWords, shownFlags } from '../../../../../words/flags.ts'
import { hostSentence } from '../../../../../words/host-sentence.ts'
import { silentAfterSeconds, telling } from '../../../../../words/host-status.ts'
import { stateWords } from '../../../../../words/states.ts'
import { ticketText } from '../../../../../words/ticket.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

type HostHeaderProps = { host: HostDetail; alerts: readonly AlertSummary[]; stale: boolean }

/** The answer in the first lines: which host, in what state, why, since when, how old this knowledge is, and what fires about it. */
export function HostHeader({ host, alerts, stale }: HostHeaderProps) {
  const { status } = host
  const flags = shownFlags(status)
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="min-w-0 text-28 leading-tight font-semibold wrap-anywhere max-sm:text-20">
            <BreakableName>{host.hostname}</BreakableName>
          </h1>
          <StateBadge state={status.state} tinted />
          {host.demo && <DemoMark />}
          {host.retiredAt !== null && (
            <span className="rounded border border-control px-1.5 text-12 font-medium">retired</span>
          )}
        </div>
        <p className="mt-2 max-w-[72ch] text-14">
          {status.state === 'silent' && status.lastSeenAt !== null ? (
            <>
              No word for <Elapsed since={status.lastSeenAt} focusable /> (limit{' '}
              {duration(silentAfterSeconds(status))}).
            </>
          ) : (
            <>
              {hostSentence(host)}
              <Ages host={host} />
            </>
          )}
        </p>
        {status.state === 'silent' && status.lastState !== null && (
          <p data-state={status.lastState} className="mt-1 flex items-center gap-2 text-13">
            <span className="stale flex items-center gap-2 text-state">
              <StateGlyph state={status.lastState} size={11} />
              {stateWords[status.lastState].word}
            </span>
            <span className="text-muted">when it last spoke; what is below is from then</span>
          </p>
        )}
        {flags.length > 0 && (
          <ul aria-label="Flags" className="mt-2 flex flex-col gap-1 text-13">
            {flags.map((flag) => (
              <li key={flag} className="max-w-[72ch]">
                <span
                  className={`mr-2 rounded border px-1.5 text-12 font-medium ${flag === 'forced' ? 'border-stuck text-stuck-text' : 'border-control'}`}
                >
                  {flagWords[flag].word}
                </span>
                <span className="text-muted">
                  <WithCommands>{flagWords[flag].meaning}</WithCommands>
                </span>
              </li>
            ))}
          </ul>
        )}
        {alerts.length > 0 && (
          <ul aria-label="Alerts" className="mt-2 text-13 leading-6">
            {alerts.map((alert) => (
              <li key={alert.id} className="text-muted wrap-anywhere">
                <span className={`font-medium ${isLoud(alert) ? 'text-stuck-text' : 'text-ink'}`}>
                  {severityWords[alert.severity].word}
                </span>
                {': '}
                <Link href={`/alerts/${alert.id}`} prefetch={false} className="textlink">
                  {visibleText(alert.summary)}
                </Link>
                {' · '}
                {holderText(alert)}
              </li>
            ))}
          </ul>
        )}
      </div>
      {host.kernel !== null && (
        <span data-shortcut="y">
          <CopyButton text={ticketText(host, stale)} label="Copy for ticket" />
        </span>
      )}
    </header>
  )
}

/** Since when, and how old this knowledge is. */
function Ages({ host: { status, transition, view } }: { host: HostDetail }) {
  const age = telling(status, transition?.progressAt ?? null)
  return (
    <span className="block text-muted">
      {age.word.charAt(0).toUpperCase() + age.word.slice(1)}{' '}
      <Elapsed since={age.since} before={age.before} focusable />
      {age.before && ', since before we looked'}
      {/* When a host last spoke is kept only of now. */}
      {view === null && ' · '}
      {view === null &&
        (status.lastSeenAt === null ? (
          'no word yet'
        ) : (
          <>
            last word <Ago at={status.lastSeenAt} focusable />
          </>
        ))}
    </span>
  )
}
