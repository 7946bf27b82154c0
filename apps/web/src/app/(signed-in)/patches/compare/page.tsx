import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../api/problem.ts'
import { getComparison, settled } from '../../../../api/read.ts'
import type { PatchComparison } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { comparisonSentence } from '../../../../words/comparison.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import type { PageProps } from '../../../page-props.ts'
import { first, type SearchParams } from '../../../search-params.ts'
import { Difference } from './_parts/difference.tsx'
import { Sides } from './_parts/sides.tsx'

const queryOf = (params: SearchParams): string =>
  new URLSearchParams({ a: first(params.a), b: first(params.b) }).toString()

export async function generateMetadata({ searchParams }: PageProps): Promise<Metadata> {
  const comparison = await settled(getComparison(queryOf(await searchParams)))
  if (comparison instanceof ApiProblem) return { title: 'Compare patches' }
  return { title: `${visibleText(comparison.a.name)} and ${visibleText(comparison.b.name)} · Patches` }
}

/** Two patches, or two builds of one, side by side. */
export default async function ComparePage({ searchParams }: PageProps) {
  const comparison = await settled(getComparison(queryOf(await searchParams)))
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-13">
        <Link
          href="/patches"
          prefetch={false}
          className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
        >
          Patches
        </Link>
        <span aria-hidden="true" className="px-1.5 text-muted">
          /
        </span>
        <span className="text-muted">Compare</span>
      </nav>
      <h1 className="text-16">Compare patches</h1>
      {comparison instanceof ApiProblem ? (
        <div className="mt-4">
          {comparison.problem.status === 400 || comparison.problem.status === 404 ? (
            <NothingToCompare />
          ) : (
            <ProblemPanel problem={comparison.problem} action={<RetryButton />} />
          )}
        </div>
      ) : (
        <Comparison comparison={comparison} />
      )}
    </>
  )
}

function NothingToCompare() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <p className="text-16 font-semibold">One of the two patches is not there.</p>
      <p className="max-w-[72ch] text-muted">
        A comparison begins on the page of a patch, under “Compare with”.
      </p>
      <Link className="button" href="/patches" prefetch={false}>
        Show all patches
      </Link>
    </div>
  )
}

function Comparison({ comparison }: { comparison: PatchComparison }) {
  const { a, b } = comparison
  const qualified = (each: { object: string; name: string }) => `${each.object}:${each.name}`
  return (
    <ClockProvider now={comparison.now}>
      <p className="mt-1 mb-4 max-w-[72ch] text-20 wrap-anywhere">{comparisonSentence(comparison)}</p>
      <div className="flex flex-col gap-4">
        <Sides a={a} b={b} />
        <Difference
          title="Functions"
          what="function"
          onlyA={comparison.onlyA?.map(qualified) ?? null}
          onlyB={comparison.onlyB?.map(qualified) ?? null}
          both={comparison.both}
          unsaid="Of one of them no host said which functions it changes, so they cannot be compared."
        />
        <Difference
          title="CVEs"
          what="CVE"
          onlyA={comparison.cvesOnlyA}
          onlyB={comparison.cvesOnlyB}
          both={null}
          unsaid="Of one of them no host said which CVEs it fixes, so they cannot be compared."
        />
      </div>
    </ClockProvider>
  )
}
