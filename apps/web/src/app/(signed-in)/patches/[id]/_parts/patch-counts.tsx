import type { HostState } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import type { PatchEntry } from '../../../../../api/types.ts'
import { number } from '../../../../../words/numbers.ts'
import { hostsOfPatch, statesMoving, statesOn } from '../../../../../words/patch-hosts.ts'

const counts: {
  key: 'on' | 'moving' | 'stuck' | 'off' | 'waiting'
  word: string
  states: readonly HostState[]
}[] = [
  { key: 'on', word: 'on', states: statesOn },
  { key: 'moving', word: 'moving', states: statesMoving },
  { key: 'stuck', word: 'stuck', states: ['stuck'] },
  { key: 'off', word: 'loaded and off', states: [] },
  { key: 'waiting', word: 'waiting for a module', states: [] },
]

/** Hosts by what the patch does on them; those the list of hosts can be asked for are links to it. */
export function PatchCounts({ patch }: { patch: PatchEntry }) {
  return (
    <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-2 text-13">
      {counts.map(({ key, word, states }) => (
        <div key={key} data-state={states.at(-1)} className="flex items-baseline gap-1.5">
          <dt className="order-2 text-muted">{word}</dt>
          <dd className="mono text-16 font-semibold">
            {states.length === 0 || patch[key] === 0 ? (
              <span className={patch[key] === 0 ? 'text-muted' : ''}>{number(patch[key])}</span>
            ) : (
              <Link href={hostsOfPatch(patch, { states })} prefetch={false} className="numberlink">
                {number(patch[key])}
              </Link>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
