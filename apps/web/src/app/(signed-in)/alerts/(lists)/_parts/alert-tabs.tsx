import type { AlertStatus } from '@graftwatch/contract/alert-vocabulary'
import Link from 'next/link'
import { number } from '../../../../../words/numbers.ts'
import { alertsHref } from '../../search-params.ts'

const words: Record<AlertStatus, string> = { firing: 'Firing', pending: 'Pending', resolved: 'History' }

type AlertTabsProps = { status: AlertStatus; firing: number; pending: number }

/** Which alerts are shown; all in the address. */
export function AlertTabs({ status, firing, pending }: AlertTabsProps) {
  const counts: Record<AlertStatus, number | null> = { firing, pending, resolved: null }
  return (
    <ul aria-label="Alerts shown" className="flex flex-wrap gap-1.5">
      {(['firing', 'pending', 'resolved'] as const).map((each) => (
        <li key={each}>
          <Link
            href={alertsHref({ status: each, cursor: null })}
            prefetch={false}
            aria-current={each === status ? 'true' : undefined}
            className="inline-flex min-h-8 items-center gap-1.5 rounded-control border border-line px-2.5 text-13 text-muted hover:border-control hover:text-ink aria-[current]:border-control aria-[current]:bg-surface aria-[current]:font-semibold aria-[current]:text-ink max-sm:min-h-11"
          >
            {words[each]}{' '}
            {counts[each] !== null && <span className="mono text-12">{number(counts[each])}</span>}
          </Link>
        </li>
      ))}
    </ul>
  )
}
