import type { ReactNode } from 'react'
import type { HostDetail, HostPatch } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { MiniStrip } from '../../../../../components/mini-strip.tsx'
import { Name } from '../../../../../components/text.tsx'
import { appliedWords } from '../../../../../words/host-sentence.ts'
import { knownState } from '../../../../../words/host-status.ts'
import { isAtomic } from '../../../../../words/mechanisms.ts'
import { counted, listed } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** In the strip's place when no transition runs: what holds instead, and where the answer is not here, the next step. */
export function Settled({ host, stale }: { host: HostDetail; stale: boolean }) {
  if (host.transition !== null) return null
  if (host.kernel === null) return <NeverReported enrolledAt={host.enrolledAt} />
  const state = knownState(host.status)
  switch (state) {
    case 'migrated':
      return <MigratedLine host={host} stale={stale} />
    case 'failed':
      return <FailedLine host={host} />
    case 'unpatched':
      return (
        <Line>
          Nothing is enabled, so there is no transition to show.{' '}
          {host.status.reason === 'clientOff'
            ? 'Switch the vendor’s client on again with its own command; it then loads what is due.'
            : 'Load the patch with the vendor’s own tool.'}
          {host.status.flags.includes('disagree') && (
            <>
              {' '}
              Its client says otherwise: see{' '}
              <a className="textlink" href="#sources">
                sources
              </a>
              .
            </>
          )}
        </Line>
      )
    case 'unsupported':
      return (
        <Line>
          This kernel is built without live patching, so nothing can be applied without a reboot. Fixes come
          with the next kernel.
        </Line>
      )
    case 'notDue':
      return (
        <Line>
          {host.status.reason === 'clientSaysNone'
            ? 'No patch is enabled, and the vendor’s client says that none is due. Sources has its words and when it asked.'
            : 'No patch is enabled, and none is known for this kernel. Sources lists what the agent asked.'}
        </Line>
      )
    case 'unknown':
      return (
        <Line>
          Whether anything is enabled could not be read, so nothing is claimed here. Sources says what failed;{' '}
          <code className="mono">graftwatch-agent doctor</code> on the host says which right is missing.
        </Line>
      )
    case 'stuck':
    case 'transitioning':
    case 'reverting':
    case 'silent':
      return null
  }
}

function Line({ children }: { children: ReactNode }) {
  return <p className="panel max-w-none px-4 py-3 text-14">{children}</p>
}

function MigratedLine({ host, stale }: { host: HostDetail; stale: boolean }) {
  const enabled = host.patches.filter((patch) => patch.enabled === true)
  const newest = enabled.toSorted((a, b) => (b.stackOrder ?? 0) - (a.stackOrder ?? 0))[0]
  const last = host.attempts.find((attempt) => attempt.outcome === 'completed')
  if (newest === undefined) return null
  if (enabled.every(isAtomic)) return <AtOnceLine host={host} enabled={enabled} stale={stale} />
  const tracked = !isAtomic(newest)
  return (
    <div
      data-state="migrated"
      className={`panel flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 ${stale ? 'stale' : ''}`}
    >
      {tracked && last?.total != null && <MiniStrip total={last.total} remaining={0} stuck={false} />}
      <p>
        <Name className="font-medium">{newest.name}</Name>{' '}
        {appliedWords(newest, host.status.flags.includes('forced'))}
        {last?.endedAt != null && last.patch === newest.name && (
          <span className="text-muted">
            {' '}
            Completed <Ago at={last.endedAt} focusable />.
          </span>
        )}
      </p>
    </div>
  )
}

/** Mechanisms that apply at once: how much is on, by whom, and no progress of any kind. */
function AtOnceLine({ host, enabled, stale }: { host: HostDetail; enabled: HostPatch[]; stale: boolean }) {
  const by = listed([...new Set(enabled.map(({ mechanism }) => mechanism))])
  const effective = host.kernel?.effectiveRelease ?? null
  return (
    <p data-state="migrated" className={`panel max-w-none px-4 py-3 text-14 ${stale ? 'stale' : ''}`}>
      {enabled.length === 1 ? 'A patch' : counted(enabled.length, 'patch', 'patches')} of{' '}
      <span className="mono">{by}</span> {enabled.length === 1 ? 'is on. It applies' : 'are on. They apply'}{' '}
      at once; there is no transition to watch.
      {effective !== null && (
        <>
          {' '}
          The running code has the fixes of <Name>{effective}</Name>.
        </>
      )}
    </p>
  )
}

/** Why nothing came of it: in the words of who refused, where there are some; else where to look. */
function FailedLine({ host }: { host: HostDetail }) {
  const told =
    host.patches.find(({ failure }) => failure !== null)?.failure ??
    host.sources.find(({ verdict }) => verdict?.value === 'failed')?.verdict?.raw ??
    host.attempts[0]?.failure ??
    null
  return (
    <Line>
      No transition runs: the last attempt did not end applied.
      {told !== null && (
        <>
          {' '}
          Why, as it was told: <q className="mono text-13 wrap-anywhere">{visibleText(told)}</q>.
        </>
      )}
      {host.attempts.length > 0 && (
        <>
          {' '}
          What held it is under{' '}
          <a className="textlink" href="#attempts">
            attempts
          </a>
          .
        </>
      )}
    </Line>
  )
}

function NeverReported({ enrolledAt }: { enrolledAt: string }) {
  return (
    <div className="panel p-4">
      <h2 className="text-14">Waiting for the first report</h2>
      <p className="mt-1 max-w-[72ch] text-muted">
        This host enrolled <Ago at={enrolledAt} focusable /> and has not reported. The page fills by itself.
        If nothing comes within a minute, the usual causes are:
      </p>
      <ul className="mt-2 max-w-[72ch] list-disc pl-5 text-13 text-muted">
        <li>
          the service is not running: <code className="mono text-ink">systemctl status graftwatch-agent</code>
        </li>
        <li>a firewall or proxy between the host and this address</li>
        <li>a clock that is off by more than a certificate allows</li>
        <li>
          a right is missing: <code className="mono text-ink">graftwatch-agent doctor</code> names it
        </li>
      </ul>
    </div>
  )
}
