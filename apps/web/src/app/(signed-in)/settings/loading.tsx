import { SkeletonBlock } from '../../../components/skeleton.tsx'

export default function SettingsLoading() {
  return (
    <>
      <div aria-hidden="true" className="skeleton mt-1">
        <SkeletonBlock className="mb-5 h-7 w-1/2" />
        <SkeletonBlock className="h-72" />
      </div>
      <p className="sr-only" role="status">
        Loading the settings
      </p>
    </>
  )
}
