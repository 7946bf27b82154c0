import Link from 'next/link'
import { conditionsOf, type HostsView, hostsHref } from '../search-params.ts'

/** Why the list is empty now, and the next step. */
export function NoHosts({ view, isMeaningless }: { view: HostsView; isMeaningless: boolean }) {
  const { at, retired } = view
  const all = (
    <Link href={hostsHref({ at })} prefetch={false} className="textlink">
      Show all hosts
    </Link>
  )
  return (
    <div className="flex flex-col items-start gap-1 p-4 text-muted">
      {isMeaningless ? (
        <p>The filter names nothing a host can be, so nothing is listed.</p>
      ) : view.cursor !== '' ? (
        <p>The list ends before here; hosts have moved since this page was linked.</p>
      ) : retired && conditionsOf(view) === 1 ? (
        <p>No host has been taken out of the fleet. One that is comes here, with all its history.</p>
      ) : conditionsOf(view) > 0 ? (
        <p>
          No host matches all of these conditions{at === null ? '' : ' then'}. Taking one off may show some.
        </p>
      ) : at === null ? (
        <p>No host reports here yet. One line on a host brings it in.</p>
      ) : (
        <p>No host was known then.</p>
      )}
      {conditionsOf(view) > 0 || isMeaningless || view.cursor !== '' ? (
        all
      ) : (
        <Link href={at === null ? '/add' : '/'} prefetch={false} className="textlink">
          {at === null ? 'Add hosts' : 'To the overview'}
        </Link>
      )}
    </div>
  )
}
