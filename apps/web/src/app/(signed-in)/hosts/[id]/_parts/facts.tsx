import type { ReactNode } from 'react'
import type { HostDetail } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { Name, Unknown, WithCommands } from '../../../../../components/text.tsx'
import { capabilityWords, levelCosts, levelWords } from '../../../../../words/mechanisms.ts'
import { number } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { Labels } from './labels.tsx'
import { FixesLost, isTold, NextBoot } from './next-boot.tsx'
import { Fact, Panel } from './panel.tsx'

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
        {kernel?.effectiveRelease != null && (
          <Fact term="Patched as">
            <Name className="wrap-anywhere">{kernel.effectiveRelease}</Name>
            <span className="block text-muted">the release whose fixes run, in its client’s account</span>
          </Fact>
        )}
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
        {kernel !== null && isTold(host.reboot) && (
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
        {kernel?.ftraceEnabled === false && (
          <Fact term="ftrace">
            <strong className="font-semibold">switched off</strong>
            <span className="block text-muted">
              on old kernels a patch that reads enabled then changes nothing
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
            <Fact term="Level">
              {agent.level}
              <span className="block text-muted">
                {levelWords[agent.level]}
                {levelCosts[agent.level] !== null && `; ${levelCosts[agent.level]}`}
              </span>
            </Fact>
            <MissingRights capabilities={agent.missingCapabilities} />
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
    </div>
  )
}

type MissingRightsProps = { capabilities: NonNullable<HostDetail['agent']>['missingCapabilities'] }

/** What the agent was not given, and what stays unseen for it. */
function MissingRights({ capabilities }: MissingRightsProps) {
  if (capabilities === null) return null
  return (
    <Fact term="Missing rights">
      {capabilities.length === 0 ? (
        'none'
      ) : (
        <>
          <ul className="flex flex-col gap-1">
            {capabilities.map((capability) => (
              <li key={capability}>
                <span className="mono text-12">{capability}</span>
                <span className="block text-muted">{capabilityWords[capability]}</span>
              </li>
            ))}
          </ul>
          <p className="mt-1">
            <WithCommands>
              `graftwatch-agent doctor` on the host prints the lines that grant them.
            </WithCommands>
          </p>
        </>
      )}
    </Fact>
  )
}
