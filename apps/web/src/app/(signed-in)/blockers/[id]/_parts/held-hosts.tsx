import Link from 'next/link'
import type { Cause } from '../../../../../api/types.ts'
import { Elapsed } from '../../../../../components/clock.tsx'
import { StateBadge } from '../../../../../components/state-badge.tsx'
import { CutName, PatchName } from '../../../../../components/text.tsx'
import { allHeld, hostsOfCause } from '../../../../../words/causes.ts'
import { counted, number } from '../../../../../words/numbers.ts'

/** The hosts held longest, and the patches that cannot complete on all of them. */
export function HeldHosts({ cause }: { cause: Cause }) {
  const held = allHeld(cause)
  const more = held - cause.examples.length
  return (
    <section aria-labelledby="held" className="panel">
      <div className="panel-head">
        <h2 id="held" className="text-14">
          Held longest
        </h2>
        <span className="mono text-12 text-muted">{number(held)}</span>
      </div>
      <ol data-live-list="" className="divide-y divide-line">
        {cause.examples.map(({ id, hostname, state, since }) => (
          <li key={id} className="relative flex items-center gap-3 px-4 py-2.5 text-13 hover:bg-surface">
            <Link
              href={`/hosts/${id}`}
              prefetch={false}
              className="flex min-w-0 flex-1 font-medium after:absolute after:inset-0 hover:underline"
            >
              <CutName>{hostname}</CutName>
            </Link>
            <StateBadge state={state} />
            <Elapsed since={since} className="mono w-20 text-right" />
          </li>
        ))}
      </ol>
      {more > 0 && (
        <p className="border-t border-line px-4 py-2.5 text-13">
          <Link
            href={hostsOfCause(cause.id)}
            prefetch={false}
            className="textlink inline-flex min-h-6 items-center"
          >
            {counted(more, 'more host')}
          </Link>
        </p>
      )}
      {cause.patches.length > 0 && (
        <h3 className="eyebrow border-t border-line px-4 pt-3 pb-1">Patches it holds up</h3>
      )}
      {cause.patches.length > 0 && (
        <ul className="divide-y divide-line">
          {cause.patches.map(({ id, name, hosts }) => (
            <li key={id} className="relative flex items-center gap-3 px-4 py-2 text-13 hover:bg-surface">
              <Link
                href={`/patches/${id}`}
                prefetch={false}
                className="flex min-w-0 flex-1 after:absolute after:inset-0 hover:underline"
              >
                <PatchName>{name}</PatchName>
              </Link>
              <span className="text-muted">{counted(hosts, 'host')}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
