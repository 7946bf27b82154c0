import Link from 'next/link'
import type { Overview } from '../../../../api/types.ts'
import { Elapsed } from '../../../../components/clock.tsx'
import { fleetSentence } from '../../../../words/fleet-sentence.ts'
import { hostsHref } from '../search-params.ts'

/** The fleet in a sentence that begins with numbers; each number leads to the hosts it counts. */
export function FleetSentence({ overview }: { overview: Overview }) {
  return (
    <p className="mt-1 mb-5 max-w-[72ch] text-20 text-pretty">
      {fleetSentence(overview).map((part, index) => {
        const key = `${index}`
        if ('since' in part) return <Elapsed key={key} since={part.since} focusable />
        if (part.state === undefined) return <span key={key}>{part.text}</span>
        return (
          <Link
            key={key}
            href={hostsHref({ states: [part.state] })}
            prefetch={false}
            data-state={part.state}
            className="numberlink"
          >
            {part.text}
          </Link>
        )
      })}
    </p>
  )
}
