import { SkeletonBlock } from '../../../../components/skeleton.tsx'

export default function PatchLoading() {
  return (
    <>
      <h1 className="sr-only">Patch</h1>
      <div aria-hidden="true" className="skeleton flex flex-col gap-4">
        <SkeletonBlock className="h-6 w-32" />
        <SkeletonBlock className="h-24 w-2/3" />
        <SkeletonBlock className="h-72" />
        <SkeletonBlock className="h-72" />
      </div>
      <p className="sr-only" role="status">
        Loading the patch
      </p>
    </>
  )
}
