import Link from 'next/link'
import type { PatchDetail } from '../../../../../api/types.ts'
import { PatchName } from '../../../../../components/text.tsx'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** Other builds of the same name and other patches for the same kernels, each a click from the comparison. */
export function Related({ detail: { patch, related } }: { detail: PatchDetail }) {
  return (
    <section aria-labelledby="related" className="panel">
      <div className="panel-head">
        <h2 id="related" className="text-14">
          Compare with
        </h2>
      </div>
      {related.length === 0 ? (
        <p className="p-4 text-muted">
          No other build of it, and no other patch for its kernels, has been seen.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {related.map(({ id, name, build, on }) => (
            <li key={id} className="relative flex items-center gap-3 px-4 py-2 text-13 hover:bg-surface">
              <span className="min-w-0 flex-1">
                <Link
                  href={`/patches/compare?a=${patch.id}&b=${id}`}
                  prefetch={false}
                  className="flex min-w-0 after:absolute after:inset-0 hover:underline"
                >
                  <PatchName>{name}</PatchName>
                </Link>
                <span className="block truncate text-12 text-muted">
                  {name === patch.name ? 'another build' : 'for the same kernels'}
                  {build !== '' && ` · ${visibleText(build)}`}
                </span>
              </span>
              <span className="shrink-0 text-muted">on {counted(on, 'host')}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
