import Link from 'next/link'
import type { TransitionSummary } from '../../../../api/types.ts'
import { After, Elapsed } from '../../../../components/clock.tsx'
import { MiniStrip } from '../../../../components/mini-strip.tsx'
import { CutName, DemoMark, PatchName, Unknown } from '../../../../components/text.tsx'
import { number } from '../../../../words/numbers.ts'
import { moving } from '../../../../words/running.ts'
import { hostHref, hostsHref } from '../../hosts/search-params.ts'

/** From here on a pause is worth a word; the kernel tries about every second. */
const pauseSeconds = 60

/** The running transitions that nobody has to act on; `more` of them are not in the answer. Those that need someone stand above. */
export function Running({
  transitions,
  more,
  at,
}: {
  transitions: readonly TransitionSummary[]
  more: number
  at: string | null
}) {
  return (
    <section aria-labelledby="running" className="panel">
      <div className="panel-head">
        <h2 id="running" className="text-14">
          Running transitions
        </h2>
        <span className="mono text-12 text-muted">{number(transitions.length + more)}</span>
      </div>
      <ul data-live-list="" className="divide-y divide-line">
        {transitions.map((transition) => (
          <Row key={transition.host.id} transition={transition} at={at} />
        ))}
      </ul>
      {more > 0 && (
        <p className="border-line px-4 py-2.5 text-13 not-first:border-t">
          <Link href={hostsHref({ states: [...moving], at })} prefetch={false} className="textlink">
            {number(more)} more
          </Link>
        </p>
      )}
    </section>
  )
}

function Row({ transition, at }: { transition: TransitionSummary; at: string | null }) {
  const { host, total, remaining } = transition
  const stuck = host.status.state === 'stuck'
  return (
    <li className="relative px-4 py-2.5 hover:bg-surface">
      <p className="flex min-w-0 flex-wrap items-center gap-x-2 text-13">
        <Link
          href={hostHref(host.id, at)}
          prefetch={false}
          className="flex max-w-full min-w-0 font-medium after:absolute after:inset-0 hover:underline"
        >
          <CutName>{host.hostname}</CutName>
        </Link>
        {host.demo && <DemoMark />}
        <span className="flex max-w-full min-w-0 gap-1.5 sm:ml-auto text-12 text-muted">
          {transition.direction === 'unpatching' && <span>leaving</span>}
          <PatchName>{transition.patch}</PatchName>
        </span>
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-12 text-muted">
        <span className={host.status.state === 'silent' ? 'stale' : undefined}>
          <MiniStrip total={total} remaining={remaining} stuck={stuck} />
        </span>
        <span className="mono whitespace-nowrap text-ink">
          {total === null || remaining === null ? (
            <Unknown reason="tasks are not readable on this host" />
          ) : (
            `${number(total - remaining)} / ${number(total)}`
          )}
        </span>
        <After at={transition.progressAt} seconds={pauseSeconds}>
          <span className="whitespace-nowrap xl:ml-auto" data-state={host.status.state}>
            <span className={stuck ? 'text-state' : ''}>
              no progress for <Elapsed since={transition.progressAt} />
            </span>
          </span>
        </After>
      </p>
    </li>
  )
}
