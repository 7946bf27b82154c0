import Link from 'next/link'
import type { RunningTransition } from '../../../../api/types.ts'
import { BurnDownMini } from '../../../../components/burn-down-mini.tsx'
import { burnDownPath, burnDownShape, logPlace, miniBox } from '../../../../components/burn-down-shape.ts'
import { Before, Elapsed } from '../../../../components/clock.tsx'
import { MiniStrip } from '../../../../components/mini-strip.tsx'
import { StateGlyph } from '../../../../components/state-glyph.tsx'
import { CutName, DemoMark, PatchName, Unknown } from '../../../../components/text.tsx'
import { burnDownSentence } from '../../../../words/burn-down.ts'
import { duration } from '../../../../words/duration.ts'
import { isStale } from '../../../../words/host-status.ts'
import { number } from '../../../../words/numbers.ts'
import { stateWords } from '../../../../words/states.ts'
import { causeWords } from '../../../../words/tasks.ts'
import { progressingSeconds, timeLeft } from '../../../../words/time-left.ts'
import { visibleText } from '../../../../words/visible-text.ts'

const cell = 'px-2 py-2 align-middle first:pl-4 last:pr-4 max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0'

export function TransitionRow({ transition, now }: { transition: RunningTransition; now: string }) {
  const { host } = transition
  const stale = isStale(host.status, Date.parse(now)) ? 'stale' : ''
  return (
    <tr
      data-state={host.status.state}
      className="relative hover:bg-surface max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-1.5 max-sm:px-4 max-sm:py-3"
    >
      <th scope="row" className={`${cell} text-left font-normal`}>
        <Host transition={transition} />
      </th>
      <td className={`${cell} max-sm:order-3 max-sm:col-span-2 ${stale}`}>
        <Moved transition={transition} now={now} />
      </td>
      <td className={`${cell} max-lg:hidden ${stale}`}>
        <Fall transition={transition} now={now} />
      </td>
      <td className={`${cell} max-sm:order-4 max-sm:col-span-2 ${stale}`}>
        <Holder worst={transition.worst} />
      </td>
      <td className={`${cell} text-right max-sm:order-2`}>
        <span className={`mono ${host.status.state === 'stuck' ? 'font-semibold text-state' : ''}`}>
          <Elapsed since={transition.progressAt} />
        </span>
        {host.status.state === 'silent' && host.status.lastSeenAt !== null ? (
          <span className="block text-12 text-muted">
            no word for <Elapsed since={host.status.lastSeenAt} />
          </span>
        ) : (
          host.status.state !== 'stuck' && (
            <span
              className="block text-12 text-muted max-sm:hidden"
              title="Without progress for this long it counts as stuck"
            >
              stuck at {duration(transition.stuckAfterSeconds)}
            </span>
          )
        )}
      </td>
    </tr>
  )
}

function Host({ transition: { host, patch, direction } }: { transition: RunningTransition }) {
  return (
    <>
      <span className="flex min-w-0 items-center gap-2">
        <span className="text-state" title={stateWords[host.status.state].word}>
          <StateGlyph state={host.status.state} />
          <span className="sr-only">{stateWords[host.status.state].word}: </span>
        </span>
        <Link
          href={`/hosts/${host.id}`}
          prefetch={false}
          className="flex min-w-0 font-medium after:absolute after:inset-0 hover:underline"
        >
          <CutName>{host.hostname}</CutName>
        </Link>
        {host.demo && <DemoMark />}
      </span>
      <span className="flex min-w-0 gap-1.5 pl-5 text-12 text-muted">
        <span className="shrink-0">
          {direction === null ? 'direction not known,' : direction === 'patching' ? 'to' : 'leaving'}
        </span>
        <PatchName>{patch}</PatchName>
      </span>
    </>
  )
}

function Moved({ transition, now }: { transition: RunningTransition; now: string }) {
  const { total, remaining, host } = transition
  const left = timeLeft(transition, Date.parse(now))
  return (
    <div className="max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3">
      <MiniStrip total={total} remaining={remaining} stuck={host.status.state === 'stuck'} />
      <span className="mono block text-12 whitespace-nowrap">
        {total === null || remaining === null ? (
          <Unknown reason="tasks are not readable on this host" />
        ) : (
          <>
            {number(total - remaining)} / {number(total)}
            <span className="text-muted"> · {number(remaining)} left</span>
          </>
        )}
      </span>
      {left !== null && (
        <Before at={transition.progressAt} seconds={progressingSeconds}>
          <span className="block text-12 text-muted">~ {duration(left)} left</span>
        </Before>
      )}
    </div>
  )
}

/** The burn-down leads to the evidence of this attempt. */
function Fall({ transition, now }: { transition: RunningTransition; now: string }) {
  // A long story comes thinned, and may lack the moment of the lowest count, which is known by itself.
  const low = { at: transition.progressAt, remaining: transition.lowWater }
  const shape = burnDownShape({
    samples: low.remaining === null ? transition.samples : [...transition.samples, low],
    startedAt: transition.startedAt,
    until: now,
    outcome: null,
  })
  if (shape.first === null) return <Unknown reason="tasks are not readable on this host" />
  return (
    <Link
      href={`/hosts/${transition.host.id}/attempts/${transition.number}`}
      prefetch={false}
      className="relative z-[1] inline-flex rounded-control"
      title="How the remaining tasks fell"
    >
      <BurnDownMini
        label={burnDownSentence(shape, null)}
        path={burnDownPath(shape, miniBox)}
        stalls={shape.stalls.map(({ from, to }) => ({
          from: logPlace(from, shape.seconds),
          to: logPlace(to, shape.seconds),
        }))}
        stuck={transition.host.status.state === 'stuck'}
      />
    </Link>
  )
}

function Holder({ worst }: { worst: RunningTransition['worst'] }) {
  if (worst === null) return <span className="text-muted max-sm:hidden">nobody named</span>
  return (
    <>
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
        <CutName className="font-medium">{worst.comm}</CutName>
        {worst.blockingFunction === null ? (
          <span className="min-w-0 truncate text-muted">{causeWords[worst.cause]}</span>
        ) : (
          <span className="flex max-w-full min-w-0 items-baseline gap-x-1.5">
            <span className="text-muted">in</span>
            <CutName>{worst.blockingFunction}</CutName>
          </span>
        )}
      </span>
      <span className="block truncate text-12 text-muted">
        {worst.unit === null ? `thread ${worst.tid}` : visibleText(worst.unit)}
      </span>
    </>
  )
}
