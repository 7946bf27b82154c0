import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../api/problem.ts'
import { getPatch, settled } from '../../../../api/read.ts'
import type { PatchDetail } from '../../../../api/types.ts'
import { Ago, ClockProvider } from '../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'
import { Name } from '../../../../components/text.tsx'
import { patchSentence } from '../../../../words/patch-hosts.ts'
import { visibleText } from '../../../../words/visible-text.ts'
import type { PageProps } from '../../../page-props.ts'
import { Adoption } from './_parts/adoption.tsx'
import { Kernels } from './_parts/kernels.tsx'
import { PatchCounts } from './_parts/patch-counts.tsx'
import { Related } from './_parts/related.tsx'
import { WhatItChanges } from './_parts/what-it-changes.tsx'

type PatchPageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: PatchPageProps): Promise<Metadata> {
  const detail = await settled(getPatch((await params).id))
  return { title: detail instanceof ApiProblem ? 'Patch' : `${visibleText(detail.patch.name)} · Patches` }
}

/** One patch: where it is, how it got there, what it changes and what to compare it with. */
export default async function PatchPage({ params }: PatchPageProps) {
  const detail = await settled(getPatch((await params).id))
  if (detail instanceof ApiProblem) {
    // An id that is no number is refused rather than not found; to people it is the same.
    if (detail.problem.status === 404 || detail.problem.status === 400) notFound()
    return (
      <>
        <h1 className="sr-only">Patch</h1>
        <ProblemPanel problem={detail.problem} action={<RetryButton />} />
      </>
    )
  }
  return (
    <ClockProvider now={detail.now}>
      <LiveRefresh everyMs={3000} />
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
        <span className="text-muted">Patch</span>
      </nav>
      <Header detail={detail} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Adoption detail={detail} />
          <WhatItChanges detail={detail} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Kernels detail={detail} />
          <Related detail={detail} />
        </div>
      </div>
    </ClockProvider>
  )
}

function Header({ detail }: { detail: PatchDetail }) {
  const { patch, version, package: fromPackage } = detail
  const identity = [
    patch.mechanism,
    version === null ? null : `version ${version}`,
    patch.build === '' ? null : `build ${patch.build}`,
    fromPackage,
  ].filter((part) => part !== null)
  return (
    <header className="mb-5">
      <h1 className="text-20 wrap-anywhere">
        <Name>{patch.name}</Name>
      </h1>
      <p className="text-13 wrap-anywhere text-muted">
        {visibleText(identity.join(' · '))} · first seen <Ago at={patch.firstSeenAt} focusable />
      </p>
      <p className="mt-2 max-w-[72ch] text-16">{patchSentence(patch)}</p>
      <PatchCounts patch={patch} />
    </header>
  )
}
