import type { AgentLevel, SourceStatus } from '@graftwatch/contract/vocabulary'
import type { ReactNode } from 'react'
import type { HostDetail, Source } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { Name, Unknown } from '../../../../../components/text.tsx'
import { number } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { Labels } from './labels.tsx'
import { FixesLost, NextBoot } from './next-boot.tsx'

const levelWords: Record<AgentLevel, string> = {
  progress: 'progress: patches and task counts, no stacks',
  causes: 'causes: also stacks and what tasks wait for',
  full: 'full: also command lines',
}
const sourceStatusWords: Record<SourceStatus, string> = {
  ok: 'read',
  absent: 'not on this host',
  failed: 'failed',
}

/** The host's plain facts, each with where it comes from; `children` ends the agent's panel. */
export function Facts({
  host,
  mayLabel,
  children,
}: {
  host: HostDetail
  mayLabel: boolean
  children: ReactNode
}) {
  const { kernel, agent } = host
  const unread = host.view === null ? 'it has not reported yet' : 'it is known only of now'
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Panel id="kernel" title="Kernel">
        <Fact term="Release">
          {kernel === null ? (
            <Unknown reason={unread} />
          ) : (
            <Name className="wrap-anywhere">{kernel.release}</Name>
          )}
        </Fact>
        {kernel?.version != null && (
          <Fact term="Build">
            <span className="mono text-12 wrap-anywhere">{visibleText(kernel.version)}</span>
          </Fact>
        )}
        {kernel?.bootedAt != null && (
          <Fact term="Booted">
            <Ago at={kernel.bootedAt} focusable />
          </Fact>
        )}
        {kernel !== null && host.reboot !== null && (
          <Fact term="Next boot">
            <NextBoot reboot={host.reboot} running={kernel.release} />
          </Fact>
        )}
        {host.reboot?.fixesLost != null && host.reboot.fixesLost.length > 0 && (
          <Fact term="It would lose">
            <FixesLost cves={host.reboot.fixesLost} />
          </Fact>
        )}
        {kernel?.taint != null && (
          <Fact term="Taint">
            <span className="mono">{kernel.taint}</span>
            <span className="text-muted">
              {kernel.livepatchTaint === true ? ', live patched at least once in this boot' : ''}
            </span>
          </Fact>
        )}
        {kernel !== null && (
          <Fact term="Boot id">
            <span className="mono text-12 wrap-anywhere">{visibleText(kernel.bootId)}</span>
          </Fact>
        )}
        <Fact term="System">
          {host.os === null ? <Unknown reason="not reported" /> : visibleText(host.os)}
        </Fact>
        {host.architecture !== null && (
          <Fact term="Architecture">
            <Name>{host.architecture}</Name>
          </Fact>
        )}
      </Panel>
      <Labels host={host} mayLabel={mayLabel} />
      <Panel id="agent" title="Agent" foot={children}>
        {agent === null ? (
          <Fact term="Version">
            <Unknown reason={unread} />
          </Fact>
        ) : (
          <>
            <Fact term="Version">
              <span className="mono">{visibleText(agent.version)}</span>
              <span className="text-muted"> on {visibleText(agent.runtime)}</span>
            </Fact>
            <Fact term="Level">{levelWords[agent.level]}</Fact>
            <Fact term="Dropped">
              {agent.dropped === 0 ? (
                '0 reports'
              ) : (
                <strong>{number(agent.dropped)} reports, for lack of room</strong>
              )}
            </Fact>
          </>
        )}
        <Fact term="Speaks every">{host.status.intervalSeconds} s</Fact>
        <Fact term="Last word">
          {host.status.lastSeenAt === null ? (
            <Unknown reason={host.view === null ? 'none yet' : unread} />
          ) : (
            <Ago at={host.status.lastSeenAt} focusable />
          )}
        </Fact>
        <Fact term="Last full report">
          {host.reportedAt === null ? (
            <Unknown reason={host.view === null ? 'none yet' : unread} />
          ) : (
            <Ago at={host.reportedAt} focusable />
          )}
        </Fact>
        <Fact term="Enrolled">
          <Ago at={host.enrolledAt} focusable />
        </Fact>
      </Panel>
      <Sources sources={host.sources} />
    </div>
  )
}

type PanelProps = { id: string; title: string; children: ReactNode; foot?: ReactNode }

function Panel({ id, title, children, foot }: PanelProps) {
  return (
    <section aria-labelledby={id} className="panel">
      <div className="panel-head">
        <h2 id={id} className="text-14">
          {title}
        </h2>
      </div>
      <dl className="flex flex-col gap-2 p-4 text-13">{children}</dl>
      {foot && (
        <div className="flex flex-wrap gap-2 border-t border-line px-4 py-2.5 empty:hidden">{foot}</div>
      )}
    </section>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-3">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

function Sources({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return null
  const order: readonly SourceStatus[] = ['failed', 'ok', 'absent']
  const sorted = sources.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  return (
    <section aria-labelledby="sources" className="panel">
      <div className="panel-head">
        <h2 id="sources" className="text-14">
          Sources
        </h2>
      </div>
      <ul className="divide-y divide-line text-13">
        {sorted.map((source) => (
          <li key={source.name} className="px-4 py-2">
            <p className="flex justify-between gap-3">
              <span className="mono">{source.name}</span>
              <span className={source.status === 'failed' ? 'font-semibold' : 'text-muted'}>
                {sourceStatusWords[source.status]}
              </span>
            </p>
            {source.reason != null && (
              <p className="text-12 break-words text-muted">{visibleText(source.reason)}</p>
            )}
            {source.claims?.map((claim) => (
              <p key={claim.patch} className="text-12 text-muted">
                says <Name>{claim.patch}</Name> is {claim.state}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  )
}
