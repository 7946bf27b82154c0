import type { ReactNode } from 'react'
import type { HostDetail } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { MiniStrip } from '../../../../../components/mini-strip.tsx'
import { Name } from '../../../../../components/text.tsx'
import { appliedWords } from '../../../../../words/host-sentence.ts'
import { knownState } from '../../../../../words/host-status.ts'

/** In the strip's place when no transition runs: what holds instead, and where the answer is not here, the next step. */
export function Settled({ host, stale }: { host: HostDetail; stale: boolean }) {
  if (host.transition !== null) return null
  if (host.kernel === null) return <NeverReported enrolledAt={host.enrolledAt} />
  const state = knownState(host.status)
  switch (state) {
    case 'migrated':
      return <MigratedLine host={host} stale={stale} />
    case 'failed':
      return (
        <Line>
          No transition runs: the last attempt did not end applied. What held it is under{' '}
          <a className="textlink" href="#attempts">
            attempts
          </a>
          .
        </Line>
      )
    case 'unpatched':
      return (
        <Line>
          Nothing is enabled, so there is no transition to show. Load the patch with the vendor’s own tool.
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
          No patch is enabled, and none is known for this kernel. Sources lists what the agent asked.
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
  const tracked = newest.mechanism === 'klp' || newest.mechanism === 'kgraft'
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
