import { SkeletonBlock } from '../../../../components/skeleton.tsx'

export default function HostLoading() {
  return (
    <>
      <h1 className="sr-only">Host</h1>
      <div aria-hidden="true" className="skeleton flex flex-col gap-4">
        <SkeletonBlock className="h-6 w-32" />
        <SkeletonBlock className="h-16 w-2/3" />
        <SkeletonBlock className="h-56" />
        <SkeletonBlock className="h-72" />
        <div className="grid gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
          <SkeletonBlock className="h-80" />
          <SkeletonBlock className="h-80" />
        </div>
      </div>
      <p className="sr-only" role="status">
        Loading the host
      </p>
    </>
  )
}
