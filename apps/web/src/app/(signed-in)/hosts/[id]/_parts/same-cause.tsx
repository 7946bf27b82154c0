import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getCause, settled } from '../../../../../api/read.ts'
import { allHeld, hostsOfCause } from '../../../../../words/causes.ts'
import { counted } from '../../../../../words/numbers.ts'

/** Where else the same cause holds a host, which says whether to look for a fix or for a person. Nothing where that is not known. */
export async function SameCause({ causeId }: { causeId: string }) {
  const detail = await settled(getCause(causeId))
  if (detail instanceof ApiProblem) return null
  // Null: it holds nobody now; this host's page is a moment older.
  const hosts = detail.cause === null ? 0 : allHeld(detail.cause)
  return (
    <p className="mt-4 text-13">
      {hosts <= 1 ? (
        <span className="text-muted">No other host is held by this cause now. </span>
      ) : (
        <Link href={hostsOfCause(causeId)} prefetch={false} className="textlink">
          Same cause on {counted(hosts, 'host')}
        </Link>
      )}{' '}
      <Link href={`/blockers/${causeId}`} prefetch={false} className="textlink">
        About this cause
      </Link>
    </p>
  )
}
