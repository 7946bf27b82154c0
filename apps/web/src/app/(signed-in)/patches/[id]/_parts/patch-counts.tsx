import type { HostState } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import type { PatchEntry } from '../../../../../api/types.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { hostsCounted, hostsListed, hostsOfPatch } from '../../../../../words/patch-hosts.ts'

const counts: {
  key: 'on' | 'moving' | 'stuck' | 'off' | 'waiting'
  word: string
  state?: HostState
}[] = [
  { key: 'on', word: 'on', state: 'migrated' },
  { key: 'moving', word: 'moving', state: 'transitioning' },
  { key: 'stuck', word: 'stuck', state: 'stuck' },
  { key: 'off', word: 'loaded and off' },
  { key: 'waiting', word: 'waiting for a module' },
]

/** Hosts by what the patch does on them, and the way to the list of those that have it enabled or moving. */
export function PatchCounts({ patch }: { patch: PatchEntry }) {
  const kinds = [patch.on, patch.moving, patch.stuck].filter((count) => count > 0)
  return (
    <>
      <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-2 text-13">
        {counts.map(({ key, word, state }) => {
          const href = state === undefined ? null : hostsCounted(patch, patch[key])
          return (
            <div key={key} data-state={state} className="flex items-baseline gap-1.5">
              <dt className="order-2 text-muted">{word}</dt>
              <dd className="mono text-16 font-semibold">
                {href === null ? (
                  <span className={patch[key] === 0 ? 'text-muted' : state && 'text-state'}>
                    {number(patch[key])}
                  </span>
                ) : (
                  <Link href={href} prefetch={false} className="numberlink">
                    {number(patch[key])}
                  </Link>
                )}
              </dd>
            </div>
          )
        })}
      </dl>
      {kinds.length > 1 && (
        <p className="mt-2 text-13">
          <Link href={hostsOfPatch(patch)} prefetch={false} className="textlink">
            All {counted(hostsListed(patch), 'host')} on it or moving
          </Link>
        </p>
      )}
    </>
  )
}
