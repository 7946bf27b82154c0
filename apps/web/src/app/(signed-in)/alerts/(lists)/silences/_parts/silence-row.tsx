import Link from 'next/link'
import type { Silence } from '../../../../../../api/types.ts'
import { Ago } from '../../../../../../components/clock.tsx'
import { Expiry } from '../../../../../../components/expiry.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../../components/record-table.tsx'
import { counted } from '../../../../../../words/numbers.ts'
import { silenceKindWords } from '../../../../../../words/silences.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'
import { EndSilence } from './end-silence.tsx'

export function SilenceRow({ silence, now, mayWrite }: { silence: Silence; now: number; mayWrite: boolean }) {
  const { kind, state, reason, author, createdAt } = silence
  return (
    <RecordRow ended={state === 'ended'}>
      <RecordHead>
        <What silence={silence} />
        <span className="block text-12 text-muted" title={silenceKindWords[kind].means}>
          {silenceKindWords[kind].word}
        </span>
      </RecordHead>
      <RecordCell>
        {visibleText(reason)}
        <span className="block text-muted">
          {visibleText(author)}, <Ago at={createdAt} />
        </span>
      </RecordCell>
      <RecordCell>
        <When silence={silence} now={now} />
      </RecordCell>
      <RecordCell word={state === 'active' ? 'Quiet now' : undefined} beside>
        {state === 'active' && counted(silence.alerts, 'alert')}
      </RecordCell>
      <RecordCell right beside>
        {mayWrite && state !== 'ended' && <EndSilence silence={silence} />}
      </RecordCell>
    </RecordRow>
  )
}

function What({ silence: { selector, rule, alert } }: { silence: Silence }) {
  if (alert !== null) {
    if (alert.summary === null) return 'one alert that is gone, should it come back'
    return (
      <Link href={`/alerts/${alert.id}`} prefetch={false} className="textlink wrap-anywhere">
        <bdi>{visibleText(alert.summary)}</bdi>
      </Link>
    )
  }
  return (
    <>
      {selector === '' ? 'every host' : <code className="mono text-12">{visibleText(selector)}</code>}
      {rule !== null && (
        <>
          {', rule '}
          <Link href={`/alerts/rules/${rule.id}`} prefetch={false} className="textlink">
            {visibleText(rule.name)}
          </Link>
        </>
      )}
    </>
  )
}

function When({ silence: { state, startsAt, endsAt, endedBy }, now }: { silence: Silence; now: number }) {
  if (state === 'ended') {
    return (
      <>
        ended <Ago at={endsAt} focusable />
        {endedBy !== null && <span className="block">early, by {visibleText(endedBy)}</span>}
      </>
    )
  }
  return (
    <>
      {state === 'planned' && (
        <span className="block">
          begins <Expiry at={startsAt} now={now} past="now" />
        </span>
      )}
      ends <Expiry at={endsAt} now={now} past="now" />
    </>
  )
}
