import Link from 'next/link'
import type { PatchDetail } from '../../../../../api/types.ts'
import { CutName } from '../../../../../components/text.tsx'
import { number } from '../../../../../words/numbers.ts'
import { hostsOfPatch } from '../../../../../words/patch-hosts.ts'

/** The kernels of the hosts that have it loaded. */
export function Kernels({ detail: { patch, kernels } }: { detail: PatchDetail }) {
  return (
    <section aria-labelledby="kernels" className="panel">
      <div className="panel-head">
        <h2 id="kernels" className="text-14">
          Kernels
        </h2>
        <span className="mono text-12 text-muted">{number(patch.kernelsTotal)}</span>
      </div>
      {kernels.length === 0 ? (
        <p className="p-4 text-muted">No host has it loaded now.</p>
      ) : (
        <ul className="divide-y divide-line">
          {kernels.map(({ release, hosts }) => (
            <li key={release} className="relative flex gap-3 px-4 py-2 text-13 hover:bg-surface">
              {/* The list has no hosts on which it is off; with any, it would not be those counted here. */}
              {patch.off === 0 ? (
                <Link
                  href={hostsOfPatch(patch, release)}
                  prefetch={false}
                  className="flex min-w-0 flex-1 after:absolute after:inset-0 hover:underline"
                >
                  <CutName>{release}</CutName>
                </Link>
              ) : (
                <span className="flex min-w-0 flex-1">
                  <CutName>{release}</CutName>
                </span>
              )}
              <span className="mono">{number(hosts)}</span>
            </li>
          ))}
        </ul>
      )}
      {patch.kernelsTotal > kernels.length && (
        <p className="border-t border-line px-4 py-2 text-13 text-muted">
          and {number(patch.kernelsTotal - kernels.length)} more
        </p>
      )}
    </section>
  )
}
