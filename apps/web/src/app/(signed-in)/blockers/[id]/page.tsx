import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../api/problem.ts'
import { getCause, settled } from '../../../../api/read.ts'
import type { Cause, CauseDetail } from '../../../../api/types.ts'
import { ClockProvider, Elapsed } from '../../../../components/clock.tsx'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RemedyLines } from '../../../../components/remedy-lines.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { Name } from '../../../../components/text.tsx'
import { causeTicket } from '../../../../words/cause-ticket.ts'
import {
  allHeld,
  amongSentence,
  causeName,
  clearedSentence,
  hostsOfCause,
  ownerWords,
} from '../../../../words/causes.ts'
import { counted } from '../../../../words/numbers.ts'
import { clueSentence } from '../../../../words/shared-traits.ts'
import { causeWords, kindWords } from '../../../../words/tasks.ts'
import { baseUrl } from '../../../base-url.ts'
import type { PageProps } from '../../../page-props.ts'
import { HeldHosts } from './_parts/held-hosts.tsx'
import { SharedTraits } from './_parts/shared-traits.tsx'

type CausePageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: CausePageProps): Promise<Metadata> {
  const detail = await settled(getCause((await params).id))
  if (detail instanceof ApiProblem) return { title: 'Blocker' }
  return { title: `${causeName(detail)} · Blockers` }
}

/** One cause: its hosts, what sets them apart, and its remedy in full. */
export default async function CausePage({ params }: CausePageProps) {
  const [detail, base] = await Promise.all([settled(getCause((await params).id)), baseUrl()])
  if (detail instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (detail.problem.status === 404 || detail.problem.status === 400) notFound()
    return (
      <>
        <h1 className="sr-only">Blocker</h1>
        <ProblemPanel problem={detail.problem} action={<RetryButton />} />
      </>
    )
  }
  return (
    <ClockProvider now={detail.now}>
      <LiveRefresh everyMs={2000} />
      <nav aria-label="Breadcrumb" className="mb-2 text-13">
        <Link
          href="/blockers"
          prefetch={false}
          className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
        >
          Blockers
        </Link>
        <span aria-hidden="true" className="px-1.5 text-muted">
          /
        </span>
        <span className="text-muted">Cause</span>
      </nav>
      <Header detail={detail} base={base} />
      {detail.cause !== null && <Body detail={detail} cause={detail.cause} />}
    </ClockProvider>
  )
}

function Header({ detail, base }: { detail: CauseDetail; base: string }) {
  const { cause } = detail
  const clue = clueSentence(detail)
  const held = cause === null ? 0 : allHeld(cause)
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3" data-state="stuck">
      <div className="min-w-0">
        <h1 className="text-20 wrap-anywhere">
          <Name>{detail.comm}</Name>
          {detail.function !== null && (
            <>
              {' '}
              <span className="font-normal text-muted">in</span> <Name>{detail.function}</Name>
            </>
          )}
        </h1>
        <p className="text-13 wrap-anywhere text-muted">
          {[
            kindWords[detail.kind],
            detail.unit === null ? null : ownerWords(detail),
            cause === null ? null : causeWords[cause.cause],
            detail.direction === 'unpatching' ? 'while unpatching' : null,
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </p>
        <p className="mt-2 max-w-[72ch] text-16">
          {cause === null ? (
            'No host is held by this cause now.'
          ) : (
            <>
              <Link href={hostsOfCause(cause.id)} prefetch={false} className="numberlink">
                {counted(held, 'host')}
              </Link>{' '}
              {held === 1 ? 'is' : 'are'} held by it
              {held === 1 ? ', for ' : ', the oldest for '}
              <Elapsed since={cause.oldestSince} focusable />
              {held > 1 && (
                <>
                  , the newest for <Elapsed since={cause.newestSince} focusable />
                </>
              )}
              . {clue}
            </>
          )}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <span data-shortcut="y" className="contents">
          <CopyButton text={causeTicket(detail, base)} label="Copy for ticket" />
        </span>
        {cause !== null && (
          <Link href={hostsOfCause(cause.id)} prefetch={false} className="button" data-kind="primary">
            {held === 1 ? 'Show its host' : `Show all ${counted(held, 'host')}`}
          </Link>
        )}
      </div>
    </header>
  )
}

function Body({ detail, cause }: { detail: CauseDetail; cause: Cause }) {
  const notes = [clearedSentence(cause), amongSentence(cause)].filter((note) => note !== null)
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
      <section aria-labelledby="remedy" className="panel">
        <div className="panel-head">
          <h2 id="remedy" className="text-14">
            What to do
          </h2>
        </div>
        <div className="p-4">
          <RemedyLines remedy={cause.remedy} />
          {notes.map((note) => (
            <p key={note} className="mt-4 text-13 text-muted first-letter:uppercase">
              {note}
              {note.endsWith('.') ? '' : '.'}
            </p>
          ))}
        </div>
      </section>
      <div className="flex min-w-0 flex-col gap-4">
        <SharedTraits detail={detail} />
        <HeldHosts cause={cause} />
      </div>
    </div>
  )
}
