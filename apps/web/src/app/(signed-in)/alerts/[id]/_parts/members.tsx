import Link from 'next/link'
import type { AlertDetail, RunningTransition } from '../../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../../components/clock.tsx'
import { MiniStrip } from '../../../../../components/mini-strip.tsx'
import { RecordCell, RecordHead, RecordRow, RecordTable } from '../../../../../components/record-table.tsx'
import { StateBadge } from '../../../../../components/state-badge.tsx'
import { CutName } from '../../../../../components/text.tsx'
import { hostsOfCause } from '../../../../../words/causes.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

type MembersProps = { detail: AlertDetail; transitions: readonly RunningTransition[] }

/** Its hosts with their evidence, longest held first; those it no longer holds stay. */
export function Members({ detail: { alert, members }, transitions }: MembersProps) {
  const running = new Map(transitions.map((transition) => [transition.host.id, transition]))
  const holding = members.filter(({ leftAt }) => leftAt === null).length
  // A drill's only host is simulated.
  const more = alert.status === 'resolved' || alert.drill ? 0 : alert.hosts - holding
  return (
    <section aria-labelledby="members" className="panel">
      <div className="panel-head">
        <h2 id="members" className="text-14">
          Hosts
        </h2>
        {!alert.drill && <span className="mono text-12 text-muted">{number(alert.hosts)}</span>}
      </div>
      {members.length === 0 ? (
        <p className="p-4 text-muted">
          {alert.drill
            ? 'A drill has no host: its stall is simulated.'
            : 'Its hosts are no longer in the fleet.'}
        </p>
      ) : (
        <RecordTable
          caption="Hosts of this alert, longest held first"
          columns={[
            { word: 'Host', width: 'w-[32%]' },
            { word: 'Evidence' },
            { word: 'Held for', width: 'w-28' },
          ]}
        >
          {members.map((member) => {
            const transition = running.get(member.id)
            return (
              <RecordRow key={member.id} ended={member.leftAt !== null}>
                <RecordHead>
                  <Link
                    href={`/hosts/${member.id}`}
                    prefetch={false}
                    className="-my-[3px] inline-flex min-h-6 max-w-full min-w-0 items-center font-medium hover:underline"
                  >
                    <CutName>{member.hostname}</CutName>
                  </Link>
                  <span className="ml-3 inline-block">
                    <StateBadge state={member.state} />
                  </span>
                </RecordHead>
                <RecordCell>
                  {transition !== undefined && member.leftAt === null && (
                    <span className="mb-1 block">
                      <MiniStrip
                        total={transition.total}
                        remaining={transition.remaining}
                        stuck={transition.host.status.state === 'stuck'}
                      />
                    </span>
                  )}
                  {visibleText(member.evidence)}
                </RecordCell>
                <RecordCell word="Held for">
                  {member.leftAt === null ? (
                    <Elapsed since={member.since} className="mono" focusable />
                  ) : (
                    <span className="text-muted">
                      ended <Ago at={member.leftAt} focusable />
                    </span>
                  )}
                </RecordCell>
              </RecordRow>
            )
          })}
        </RecordTable>
      )}
      {more > 0 && (
        <p className="border-t border-line px-4 py-2.5 text-13 text-muted">
          {alert.signature !== null && alert.condition === 'stuck' ? (
            <Link
              href={hostsOfCause(alert.signature.id)}
              prefetch={false}
              className="textlink inline-flex min-h-6 items-center"
            >
              All hosts of this cause
            </Link>
          ) : (
            `${counted(more, 'more host')}, held for less long.`
          )}
        </p>
      )}
    </section>
  )
}
