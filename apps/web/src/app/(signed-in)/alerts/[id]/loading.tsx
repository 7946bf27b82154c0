import { SkeletonBlock } from '../../../../components/skeleton.tsx'

export default function AlertLoading() {
  return (
    <>
      <h1 className="sr-only">Alert</h1>
      <div aria-hidden="true" className="skeleton flex flex-col gap-4">
        <SkeletonBlock className="h-6 w-32" />
        <SkeletonBlock className="h-28 w-2/3" />
        <div className="grid gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
          <SkeletonBlock className="h-96" />
          <SkeletonBlock className="h-96" />
        </div>
      </div>
      <p className="sr-only" role="status">
        Loading the alert
      </p>
    </>
  )
}
