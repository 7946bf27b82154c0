import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import type { HostFacets, Overview } from '../../../../api/types.ts'
import { hostsSentence } from '../../../../words/hosts-sentence.ts'
import { conditionsOf, type HostsView, hostsHref } from '../search-params.ts'

type HostsSentenceProps = {
  view: HostsView
  facets: Promise<HostFacets | ApiProblem>
  overview: Promise<Overview | ApiProblem>
}

/** What the list holds, in a sentence; nothing where it could not be counted, since the rows say that. */
export async function HostsSentence({ view, facets, overview }: HostsSentenceProps) {
  const [counted, fleet] = await Promise.all([facets, overview])
  if (counted instanceof ApiProblem) return <p className="mt-1 mb-5 h-7" />
  const parts = hostsSentence(counted, {
    states: view.states,
    filtered: conditionsOf({ ...view, states: [], retired: false }) > 0,
    retired: view.retired,
    past: view.at !== null,
    fleet: fleet instanceof ApiProblem || view.at !== null ? null : fleet.total,
  })
  return (
    <p className="mt-1 mb-5 max-w-[72ch] text-20 text-pretty">
      {parts.map((part, index) =>
        part.state === undefined ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence; their place is their identity
          <span key={index}>{part.text}</span>
        ) : (
          <Link
            key={part.state}
            href={hostsHref({ ...view, states: [part.state], cursor: '' })}
            prefetch={false}
            data-state={part.state}
            className="numberlink"
          >
            {part.text}
          </Link>
        ),
      )}
    </p>
  )
}
