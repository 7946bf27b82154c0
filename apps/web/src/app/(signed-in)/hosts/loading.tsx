import { SkeletonBlock } from '../../../components/skeleton.tsx'

/** The list's outline in its final size. */
export default function HostsLoading() {
  return (
    <>
      <h1 className="text-16">Hosts</h1>
      <div aria-hidden="true" className="skeleton">
        <SkeletonBlock className="mt-1 mb-5 h-7 w-1/2" />
        <div className="panel flex flex-col gap-3 p-4">
          <SkeletonBlock className="h-8 w-full" />
          <SkeletonBlock className="h-48 w-full max-sm:hidden" />
          {Array.from({ length: 12 }, (_, row) => row).map((row) => (
            <SkeletonBlock key={row} className="h-7 w-full" />
          ))}
        </div>
      </div>
      <p className="sr-only" role="status">
        Loading the hosts
      </p>
    </>
  )
}
