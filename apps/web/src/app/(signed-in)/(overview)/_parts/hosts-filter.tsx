import Link from 'next/link'
import { type HostsView, hostsHref } from '../search-params.ts'
import { HostSearch } from './host-search.tsx'

/** Search by name, and the way back from any filter. */
export function HostsFilter({ view }: { view: HostsView }) {
  const filtered = view.states.length > 0 || view.q !== ''
  return (
    <div className="flex items-center gap-2 max-sm:w-full">
      {filtered && (
        <Link href={hostsHref({})} prefetch={false} className="textlink text-13 whitespace-nowrap">
          Show all
        </Link>
      )}
      <HostSearch q={view.q} states={view.states.join(',')} />
    </div>
  )
}
