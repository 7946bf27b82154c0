import { SkeletonBlock } from '../../../components/skeleton.tsx'

export default function AddLoading() {
  return (
    <>
      <h1 className="text-16">Add hosts</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-2 mb-5 h-7 w-3/4" />
        <div className="grid gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
          <SkeletonBlock className="h-96" />
          <SkeletonBlock className="h-96" />
        </div>
      </div>
      <p className="sr-only" role="status">
        Loading the page that adds hosts
      </p>
    </>
  )
}
