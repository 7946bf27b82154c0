import Link from 'next/link'
import type { PatchEntry } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { BreakableName, Name } from '../../../../../components/text.tsx'
import { number } from '../../../../../words/numbers.ts'
import { patchSentence } from '../../../../../words/patch-hosts.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** Who is compared: identity, hosts and kernels, A at the left. */
export function Sides({ a, b }: { a: PatchEntry; b: PatchEntry }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Side letter="A" patch={a} other={b} />
      <Side letter="B" patch={b} other={a} />
    </div>
  )
}

function Side({ letter, patch, other }: { letter: string; patch: PatchEntry; other: PatchEntry }) {
  const elsewhere = new Set(other.kernels.map(({ release }) => release))
  return (
    <section aria-label={`Patch ${letter}`} className="panel p-4 text-13">
      <h2 className="flex min-w-0 items-baseline gap-2 text-14">
        <span className="rounded-control border border-control px-1.5 text-12">{letter}</span>
        <Link href={`/patches/${patch.id}`} prefetch={false} className="min-w-0 hover:underline">
          <BreakableName>{patch.name}</BreakableName>
        </Link>
      </h2>
      <p className="mt-1 wrap-anywhere text-muted">
        {patch.mechanism}
        {patch.build !== '' && ` · build ${visibleText(patch.build)}`} · first seen{' '}
        <Ago at={patch.firstSeenAt} />
      </p>
      <p className="mt-2">{patchSentence(patch)}</p>
      {patch.kernels.length > 0 && (
        <>
          <h3 className="eyebrow mt-3">
            Kernels
            {patch.kernelsTotal > patch.kernels.length &&
              `, the first ${patch.kernels.length} of ${number(patch.kernelsTotal)}`}
          </h3>
          <ul className="mt-0.5">
            {patch.kernels.map(({ release, hosts }) => (
              <li key={release} className="flex min-w-0 flex-wrap justify-between gap-x-3 text-12">
                <Name className="min-w-0 wrap-anywhere">{release}</Name>
                <span className="text-muted">
                  {elsewhere.has(release) && 'in both · '}
                  <span className="mono">{number(hosts)}</span>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
