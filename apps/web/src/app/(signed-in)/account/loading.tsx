import { SkeletonBlock } from '../../../components/skeleton.tsx'

export default function AccountLoading() {
  return (
    <>
      <h1 className="text-16">Your account</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-2 mb-5 h-7 w-3/4" />
        <SkeletonBlock className="h-[32rem]" />
      </div>
      <p className="sr-only" role="status">
        Loading your account
      </p>
    </>
  )
}
