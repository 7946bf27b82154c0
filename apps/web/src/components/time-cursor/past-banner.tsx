import Link from 'next/link'
import { utcInstant } from '../../words/duration.ts'

/** Says that the page shows the past, and the way back to now. */
export function PastBanner({ at, back }: { at: string; back: string }) {
  return (
    <p
      role="status"
      className="panel my-3 flex flex-wrap items-center gap-x-3 gap-y-1 border-control bg-surface px-4 py-2 text-13"
    >
      <span>
        You are looking at{' '}
        <time dateTime={at} data-tip="" className="font-semibold">
          {utcInstant(at, Date.now())}
        </time>
        .
      </span>
      <Link href={back} className="textlink inline-flex min-h-6 items-center">
        Back to now
      </Link>
    </p>
  )
}
