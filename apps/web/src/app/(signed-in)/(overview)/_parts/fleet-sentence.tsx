import Link from 'next/link'
import type { Overview } from '../../../../api/types.ts'
import { Elapsed } from '../../../../components/clock.tsx'
import { fleetSentence } from '../../../../words/fleet-sentence.ts'
import { hostsHref } from '../../hosts/search-params.ts'

/** The fleet in a sentence that begins with numbers; each number leads to the hosts it counts. */
export function FleetSentence({ overview, at }: { overview: Overview; at: string | null }) {
  return (
    <p className="mt-1 mb-5 max-w-[72ch] text-20 text-pretty">
      {fleetSentence(overview).map((part, index) => {
        const key = `${index}`
        if ('since' in part) return <Elapsed key={key} since={part.since} focusable />
        const { text, state, flag } = part
        if (state === undefined && flag === undefined) return <span key={key}>{text}</span>
        return (
          <Link
            key={key}
            href={hostsHref({
              at,
              ...(state === undefined ? {} : { states: [state] }),
              ...(flag === undefined ? {} : { flags: [flag] }),
            })}
            prefetch={false}
            data-state={state}
            className="numberlink"
          >
            {text}
          </Link>
        )
      })}
    </p>
  )
}
