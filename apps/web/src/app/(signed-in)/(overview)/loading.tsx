import { SkeletonBlock } from '../../../components/skeleton.tsx'

/** The overview's outline in its final size, so that nothing jumps when the data comes. */
export default function OverviewLoading() {
  return (
    <>
      <h1 className="text-16">Overview</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-2 mb-6 h-7 w-3/4" />
        <SkeletonBlock className="h-9 w-full" />
        <SkeletonBlock className="mt-2.5 h-7 w-1/2" />
        <div className="mt-6 grid gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
          <SkeletonBlock className="h-96" />
          <SkeletonBlock className="h-96" />
        </div>
      </div>
      <p className="sr-only" role="status">
        Loading the overview
      </p>
    </>
  )
}
