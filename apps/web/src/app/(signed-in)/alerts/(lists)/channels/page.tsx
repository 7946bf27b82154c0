import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getChannels, getViewer, settled } from '../../../../../api/read.ts'
import type { Channel } from '../../../../../api/types.ts'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { RecordTable } from '../../../../../components/record-table.tsx'
import { RetryButton } from '../../../../../components/retry-button.tsx'
import { counted } from '../../../../../words/numbers.ts'
import { ChannelRow } from './_parts/channel-row.tsx'

export const metadata: Metadata = { title: 'Channels · Alerts' }

/** Who is told, of what, and whether it arrives. */
export default async function ChannelsPage() {
  const [page, viewer] = await Promise.all([settled(getChannels()), settled(getViewer())])
  if (page instanceof ApiProblem) {
    return (
      <ProblemPanel
        problem={page.problem}
        action={page.problem.status === 403 ? undefined : <RetryButton />}
      />
    )
  }
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('channels:write')
  return (
    <ClockProvider now={page.now}>
      <LiveRefresh everyMs={5000} />
      <p className="mb-5 max-w-[72ch] text-20">{channelsSentence(page.items)}</p>
      <section aria-labelledby="channels" className="panel">
        <div className="panel-head">
          <h2 id="channels" className="text-14">
            Channels
          </h2>
          {mayWrite && (
            <Link href="/alerts/channels/new" prefetch={false} className="button" data-kind="primary">
              Make channel
            </Link>
          )}
        </div>
        {page.items.length === 0 ? (
          <p className="max-w-[80ch] p-4 text-muted">
            A channel leads alerts out: to a webhook, Slack, email, PagerDuty or an Alertmanager. Without one,
            alerts are on these pages alone.
            {mayWrite ? '' : ' Admins make them.'}
          </p>
        ) : (
          <RecordTable
            caption="Channels by name"
            columns={[
              { word: 'Channel', width: 'w-[30%]' },
              { word: 'Gets', width: 'w-[20%]' },
              { word: 'Last 24 hours' },
              { word: 'Acts', width: 'w-28', acts: true },
            ]}
          >
            {page.items.map((channel) => (
              <ChannelRow key={channel.id} channel={channel} mayWrite={mayWrite} />
            ))}
          </RecordTable>
        )}
      </section>
    </ClockProvider>
  )
}

function channelsSentence(channels: readonly Channel[]): string {
  const on = channels.filter(({ enabled }) => enabled)
  if (on.length === 0)
    return channels.length === 0
      ? 'Nobody is told: there is no channel.'
      : 'Nobody is told: no channel is on.'
  const lead = `${counted(on.length, 'channel')} ${on.length === 1 ? 'is' : 'are'} on.`
  const dead = channels.reduce((sum, channel) => sum + channel.dead, 0)
  if (dead > 0) return `${lead} ${counted(dead, 'message')} could not be delivered in the last 24 hours.`
  return `${lead} Every message of the last 24 hours arrived or is on its way.`
}
