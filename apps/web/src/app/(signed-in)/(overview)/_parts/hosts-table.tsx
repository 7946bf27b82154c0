import Link from 'next/link'
import type { HostSummary } from '../../../../api/types.ts'
import { Ago, Elapsed } from '../../../../components/clock.tsx'
import { StateBadge } from '../../../../components/state-badge.tsx'
import { CutName, DemoMark, PatchName, Unknown } from '../../../../components/text.tsx'
import { flagWords, shownFlags } from '../../../../words/flags.ts'
import { isStale } from '../../../../words/host-status.ts'
import { stateWords } from '../../../../words/states.ts'

/** Hosts as a table; under 640 px each row becomes a card. */
export function HostsTable({ hosts, now }: { hosts: readonly HostSummary[]; now: number }) {
  return (
    <table className="w-full table-fixed text-13 max-sm:block">
      <caption className="sr-only">Hosts, worst first, then longest in their state</caption>
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-left text-12 text-muted">
          <Head width="w-36 xl:w-34">State</Head>
          <Head>Host</Head>
          <Head width="w-[30%]">Patch and kernel</Head>
          <Head
            width="w-24"
            right
            title="How long it has been in this state; stuck: since its limit without progress passed"
          >
            In state
          </Head>
          <Head width="w-24" right>
            Last word
          </Head>
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-sm:block">
        {hosts.map((host) => (
          <Row key={host.id} host={host} stale={isStale(host.status, now)} />
        ))}
      </tbody>
    </table>
  )
}

function Head({
  children,
  width = '',
  right = false,
  title,
}: {
  children: string
  width?: string
  right?: boolean
  title?: string
}) {
  return (
    <th
      scope="col"
      title={title}
      className={`px-2 py-2 font-medium first:pl-4 last:pr-4 ${width} ${right ? 'text-right' : ''}`}
    >
      {children}
    </th>
  )
}

const cell = 'px-2 py-2 align-middle first:pl-4 last:pr-4 max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0'

function Row({ host, stale }: { host: HostSummary; stale: boolean }) {
  const { status } = host
  const flags = shownFlags(status)
  return (
    <tr className="relative hover:bg-surface max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-3">
      <td className={`${cell} max-sm:order-2`}>
        <StateBadge state={status.state} />
        {status.state === 'silent' && status.lastState !== null && (
          <span className="block text-12 text-muted">
            was {stateWords[status.lastState].word.toLowerCase()}
          </span>
        )}
      </td>
      <th scope="row" className={`${cell} text-left font-normal max-sm:order-1`}>
        <span className="flex min-w-0 items-center gap-2">
          <Link
            href={`/hosts/${host.id}`}
            prefetch={false}
            className="flex min-w-0 font-medium after:absolute after:inset-0 hover:underline"
          >
            <CutName>{host.hostname}</CutName>
          </Link>
        </span>
        {(host.demo || flags.length > 0) && (
          <span className="flex min-w-0 items-center gap-2 text-12 text-muted">
            {host.demo && <DemoMark />}
            <span className="truncate">{flags.map((flag) => flagWords[flag].word).join(' · ')}</span>
          </span>
        )}
      </th>
      <td className={`${cell} max-sm:order-3 ${stale ? 'stale' : ''}`}>
        {host.patch === null ? <Unknown reason="no live patch" /> : <PatchName>{host.patch}</PatchName>}
        <span className="block truncate text-12 text-muted">
          {host.kernelRelease !== null && <CutName>{host.kernelRelease}</CutName>}
        </span>
      </td>
      <td className={`${cell} mono text-right max-sm:order-4`}>
        <Elapsed since={status.since} before={status.sinceBefore} />
      </td>
      <td className={`${cell} text-right text-muted max-sm:hidden`}>
        {status.lastSeenAt === null ? (
          <Unknown reason="it has not reported yet" />
        ) : (
          <Ago at={status.lastSeenAt} />
        )}
      </td>
    </tr>
  )
}
