import { SkeletonBlock } from '../../../../../../components/skeleton.tsx'

export default function AttemptLoading() {
  return (
    <>
      <h1 className="sr-only">Attempt</h1>
      <div aria-hidden="true" className="skeleton flex flex-col gap-4">
        <SkeletonBlock className="h-6 w-40" />
        <SkeletonBlock className="h-16 w-2/3" />
        <SkeletonBlock className="h-72" />
        <SkeletonBlock className="h-80" />
      </div>
      <p className="sr-only" role="status">
        Loading the attempt
      </p>
    </>
  )
}
