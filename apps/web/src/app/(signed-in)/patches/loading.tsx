import { SkeletonBlock } from '../../../components/skeleton.tsx'

export default function PatchesLoading() {
  return (
    <>
      <h1 className="text-16">Patches</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-2 mb-5 h-7 w-2/3" />
        <SkeletonBlock className="h-[32rem]" />
      </div>
      <p className="sr-only" role="status">
        Loading the patches
      </p>
    </>
  )
}
