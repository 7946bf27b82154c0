import type { SourceStatus } from '@graftwatch/contract/vocabulary'
import type { HostDetail, Source } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { Name, WithCommands } from '../../../../../components/text.tsx'
import { isAtomic, sourceRemedy, verdictWords } from '../../../../../words/mechanisms.ts'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

const statusWords: Record<Exclude<SourceStatus, 'absent'>, string> = { ok: 'read', failed: 'failed' }

/** Claims that are shown at once; the rest folds away. */
const claimsShown = 3

/** Everything the agent read, and what each alone says: who contradicts whom stays visible. */
export function Sources({ host: { sources, patches } }: { host: HostDetail }) {
  if (sources.length === 0) return null
  const failed = sources.filter(({ status }) => status === 'failed')
  const read = sources.filter(({ status }) => status === 'ok')
  const absent = sources.filter(({ status }) => status === 'absent')
  // What is said of a patch that applies at once stands with the patch.
  const told = new Set(patches.filter(isAtomic).map(({ name }) => name))
  return (
    <section aria-labelledby="sources" className="panel scroll-mt-16">
      <div className="panel-head">
        <h2 id="sources" className="text-14">
          Sources
        </h2>
      </div>
      <ul className="divide-y divide-line text-13">
        {[...failed, ...read].map((source) => (
          <li key={source.name} className="px-4 py-2">
            <SourceLines source={source} told={told} />
          </li>
        ))}
        {absent.length > 0 && (
          <li className="px-4 py-2 text-muted">
            Not on this host: <span className="mono">{absent.map(({ name }) => name).join(', ')}</span>
          </li>
        )}
      </ul>
    </section>
  )
}

function SourceLines({ source, told }: { source: Source; told: ReadonlySet<string> }) {
  const { name, status, reason, verdict, claims = [] } = source
  return (
    <>
      <p className="flex justify-between gap-3">
        <span className="mono">{name}</span>
        <span className={status === 'failed' ? 'font-semibold' : 'text-muted'}>
          {status === 'absent' ? null : statusWords[status]}
        </span>
      </p>
      {reason != null && <p className="text-12 break-words text-muted">{visibleText(reason)}</p>}
      {status === 'failed' && (
        <p className="text-12">
          <WithCommands>{sourceRemedy(source)}</WithCommands>
        </p>
      )}
      {verdict != null && (
        <>
          <p className="mt-1">
            {verdictWords[verdict.value].charAt(0).toUpperCase() + verdictWords[verdict.value].slice(1)}.
          </p>
          <p className="text-12 text-muted">
            {verdict.raw !== '' && (
              <>
                In its words: <q className="mono wrap-anywhere">{visibleText(verdict.raw)}</q>.{' '}
              </>
            )}
            {verdict.checkedAt === null ? (
              'It does not tell when it asked its vendor.'
            ) : (
              <>
                It asked its vendor <Ago at={verdict.checkedAt} focusable />.
              </>
            )}
          </p>
        </>
      )}
      <Claims claims={claims.filter(({ patch }) => !told.has(patch))} />
    </>
  )
}

function Claims({ claims }: { claims: NonNullable<Source['claims']> }) {
  const lines = claims.map((claim) => (
    <li key={claim.patch} className="text-12 wrap-anywhere text-muted">
      <Name className="text-ink">{claim.patch}</Name>: {claim.state}
      {claim.raw !== '' && (
        <>
          {' '}
          · <Name>{claim.raw}</Name>
        </>
      )}
    </li>
  ))
  return (
    <>
      <ul className="empty:hidden">{lines.slice(0, claimsShown)}</ul>
      {lines.length > claimsShown && (
        <details>
          <summary className="textlink inline-block min-h-6 text-12">
            {counted(lines.length - claimsShown, 'more patch', 'more patches')}
          </summary>
          <ul>{lines.slice(claimsShown)}</ul>
        </details>
      )}
    </>
  )
}
