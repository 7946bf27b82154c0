import Link from 'next/link'
import type { Cause } from '../../../../api/types.ts'
import { Elapsed } from '../../../../components/clock.tsx'
import { CutName, PatchName } from '../../../../components/text.tsx'
import type { Past } from '../../../../components/time-cursor/at.ts'
import {
  allHeld,
  besideSentence,
  clearedSentence,
  hostsOfCause,
  ownerWords,
} from '../../../../words/causes.ts'
import { counted, number } from '../../../../words/numbers.ts'
import { causeWords, kindWords } from '../../../../words/tasks.ts'
import { visibleText } from '../../../../words/visible-text.ts'

/** One cause: how many hosts it holds and for how long, who it is, and the three lines that say what to do. */
export function CauseRow({ cause, past }: { cause: Cause; past: Past | null }) {
  const beside = besideSentence(cause)
  const cleared = clearedSentence(cause)
  return (
    <li
      data-state="stuck"
      className="relative grid gap-x-6 gap-y-3 px-4 py-3.5 hover:bg-surface sm:grid-cols-[7.5rem_minmax(0,1fr)] lg:grid-cols-[7.5rem_minmax(0,5fr)_minmax(0,6fr)]"
    >
      <div className="flex items-baseline gap-3 sm:flex-col sm:gap-1">
        <p className="text-13">
          <Count cause={cause} past={past} /> {cause.hosts === 1 ? 'host' : 'hosts'}
        </p>
        <p className="text-12 text-muted">
          oldest <Elapsed since={cause.oldestSince} className="mono font-medium text-ink" />
        </p>
        {cause.hosts > 1 && (
          <p className="text-12 text-muted">
            newest <Elapsed since={cause.newestSince} className="mono" />
          </p>
        )}
      </div>
      <div className="min-w-0 text-13">
        <p className="flex min-w-0 flex-wrap items-baseline gap-x-1.5 text-14">
          <Link
            href={`/blockers/${cause.id}`}
            prefetch={false}
            className="flex max-w-full min-w-0 items-baseline gap-x-1.5 font-medium after:absolute after:inset-0 hover:underline"
          >
            <CutName>{cause.comm}</CutName>
            {cause.function !== null && (
              <>
                <span className="text-muted">in</span>
                <CutName>{cause.function}</CutName>
              </>
            )}
          </Link>
        </p>
        <p className="mt-0.5 text-muted">
          {ownerWords(cause) === kindWords[cause.kind] ? '' : `${kindWords[cause.kind]} · `}
          <span className="wrap-anywhere">{ownerWords(cause)}</span> · {causeWords[cause.cause]}
          {cause.direction === 'unpatching' && ' · while unpatching'}
        </p>
        <Patches cause={cause} />
        <Examples cause={cause} />
        {beside !== null && (
          <p className="mt-1 text-12 text-muted">
            + {beside}
            {cause.alsoHolds > 0 && (
              <>
                {' · '}
                <Link
                  href={hostsOfCause(cause.id, past ?? undefined)}
                  prefetch={false}
                  className="textlink relative z-[1]"
                >
                  all {counted(allHeld(cause), 'host')}
                </Link>
              </>
            )}
          </p>
        )}
      </div>
      <dl className="flex min-w-0 flex-col gap-1.5 text-13 sm:max-lg:col-start-2">
        <Line term="The kernel says">{cause.remedy.kernelSays}</Line>
        <Line term="It means">{cause.remedy.meaning}</Line>
        <Line term="What frees it" strong>
          {cause.remedy.safeStep}
        </Line>
        {cleared !== null && <p className="text-12 text-muted">{cleared}</p>}
      </dl>
    </li>
  )
}

function Count({ cause, past }: { cause: Cause; past: Past | null }) {
  const count = <span className="mono text-20 font-semibold text-state">{number(cause.hosts)}</span>
  // The list has all that it holds; the number leads there only when it counts no fewer.
  if (cause.alsoHolds > 0) return count
  return (
    <Link
      href={hostsOfCause(cause.id, past ?? undefined)}
      prefetch={false}
      className="numberlink relative z-[1]"
      aria-label={`All ${counted(cause.hosts, 'host')} of this cause`}
    >
      {count}
    </Link>
  )
}

function Patches({ cause: { patches } }: { cause: Cause }) {
  if (patches.length === 0) return null
  return (
    <p className="mt-1.5 flex min-w-0 flex-wrap items-center gap-x-2 text-12 text-muted">
      <span>{patches.length === 1 ? 'patch' : 'patches'}</span>
      {patches.map(({ id, name, hosts }) => (
        <span key={id} className="flex max-w-full min-w-0 gap-1.5">
          <Link
            href={`/patches/${id}`}
            prefetch={false}
            className="relative z-[1] flex min-h-6 min-w-0 items-center text-ink hover:underline"
          >
            <PatchName>{name}</PatchName>
          </Link>
          {patches.length > 1 && <span className="mono self-center">{number(hosts)}</span>}
        </span>
      ))}
    </p>
  )
}

function Examples({ cause: { examples, hosts } }: { cause: Cause }) {
  return (
    <p className="flex min-w-0 flex-wrap items-center gap-x-2 text-12 text-muted">
      <span>on</span>
      {examples.map(({ id, hostname }) => (
        <Link
          key={id}
          href={`/hosts/${id}`}
          prefetch={false}
          className="relative z-[1] flex min-h-6 max-w-full min-w-0 items-center text-ink hover:underline"
        >
          <CutName>{hostname}</CutName>
        </Link>
      ))}
      {hosts > examples.length && (
        <span className="self-center">and {number(hosts - examples.length)} more</span>
      )}
    </p>
  )
}

function Line({ term, strong = false, children }: { term: string; strong?: boolean; children: string }) {
  return (
    <div className="min-w-0 xl:grid xl:grid-cols-[7.5rem_minmax(0,1fr)]">
      <dt className="text-12 text-muted xl:pt-px">{term}</dt>
      <dd className={`line-clamp-3 ${strong ? 'font-medium' : ''}`}>{visibleText(children)}</dd>
    </div>
  )
}
