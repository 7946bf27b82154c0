import { SkeletonBlock } from '../../../components/skeleton.tsx'

export default function AuditLoading() {
  return (
    <>
      <h1 className="text-16">Audit</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-2 mb-5 h-7 w-3/4" />
        <SkeletonBlock className="h-[32rem]" />
      </div>
      <p className="sr-only" role="status">
        Loading the audit log
      </p>
    </>
  )
}
