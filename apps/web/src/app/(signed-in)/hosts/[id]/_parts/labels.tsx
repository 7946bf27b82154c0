import Link from 'next/link'
import type { HostDetail } from '../../../../../api/types.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { LabelHosts } from '../../_parts/label-hosts.tsx'
import { hostsHref } from '../../search-params.ts'

/** What a host is called by, each label with who says so and a way to all hosts that share it. */
export function Labels({ host, mayLabel }: { host: HostDetail; mayLabel: boolean }) {
  const entries = Object.entries(host.labels).toSorted(([a], [b]) => a.localeCompare(b))
  const at = host.view?.asOf ?? null
  return (
    <section aria-labelledby="labels" className="panel">
      <div className="panel-head flex-wrap">
        <h2 id="labels" className="text-14">
          Labels
        </h2>
        {mayLabel && (
          <LabelHosts opener="Change…" selection={{ ids: [host.id] }} hosts={visibleText(host.hostname)} />
        )}
      </div>
      {entries.length === 0 ? (
        <p className="p-4 text-13 text-muted">
          None. Operators set them here; the agent’s configuration and the enrollment token can bring some.
        </p>
      ) : (
        <ul className="flex flex-col px-4 py-2 text-13">
          {entries.map(([key, value]) => (
            <li key={key} className="flex flex-wrap items-center justify-between gap-x-3">
              <Link
                href={hostsHref({ selector: `${key}=${value}`, at })}
                prefetch={false}
                title="All hosts with this label"
                className="mono inline-flex min-h-6 max-w-full items-center text-12 wrap-anywhere hover:underline"
              >
                {key}={value}
              </Link>
              <span className="text-12 text-muted">
                {Object.hasOwn(host.setLabels, key) ? 'set here' : 'by the agent'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
