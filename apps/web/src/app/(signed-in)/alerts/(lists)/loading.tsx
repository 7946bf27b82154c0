import { SkeletonBlock } from '../../../../components/skeleton.tsx'

export default function AlertsLoading() {
  return (
    <>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mb-5 h-7 w-3/4" />
        <SkeletonBlock className="h-[28rem]" />
      </div>
      <p className="sr-only" role="status">
        Loading
      </p>
    </>
  )
}
