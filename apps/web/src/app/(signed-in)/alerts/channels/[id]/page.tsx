import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getChannels, getDeliveries, getViewer, settled } from '../../../../../api/read.ts'
import { Breadcrumb } from '../../../../../components/breadcrumb.tsx'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../../components/retry-button.tsx'
import { writableChannel } from '../../../../../words/channel-form.ts'
import { channelTypeWords, targetText } from '../../../../../words/channels.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import type { PageProps } from '../../../../page-props.ts'
import { first } from '../../../../search-params.ts'
import { ChannelForm } from '../_parts/channel-form.tsx'
import { Deliveries } from '../_parts/deliveries.tsx'
import { RemoveChannel } from '../_parts/remove-channel.tsx'
import { TestChannel } from '../_parts/test-channel.tsx'

type ChannelPageProps = PageProps<{ id: string }>

export async function generateMetadata({ params }: ChannelPageProps): Promise<Metadata> {
  const { id } = await params
  const page = await settled(getChannels())
  const name = page instanceof ApiProblem ? undefined : page.items.find((each) => each.id === id)?.name
  return { title: name === undefined ? 'Channel' : `${visibleText(name)} · Channels` }
}

/** One channel: where it leads, what goes there, and how each message fared. */
export default async function ChannelPage({ params, searchParams }: ChannelPageProps) {
  const { id } = await params
  const cursor = first((await searchParams).cursor).slice(0, 512) || null
  const query = new URLSearchParams({ channel: id, limit: '20', ...(cursor !== null && { cursor }) })
  const [page, deliveries, viewer] = await Promise.all([
    settled(getChannels()),
    /^[1-9]\d{0,17}$/.test(id) ? settled(getDeliveries(query.toString())) : notFound(),
    settled(getViewer()),
  ])
  if (page instanceof ApiProblem) {
    return (
      <>
        <h1 className="sr-only">Channel</h1>
        <ProblemPanel
          problem={page.problem}
          action={page.problem.status === 403 ? undefined : <RetryButton />}
        />
      </>
    )
  }
  const channel = page.items.find((each) => each.id === id)
  if (channel === undefined) notFound()
  const permissions = viewer instanceof ApiProblem ? [] : viewer.permissions
  const mayWrite = permissions.includes('channels:write')
  return (
    <ClockProvider now={page.now}>
      <LiveRefresh everyMs={5000} />
      <Breadcrumb href="/alerts/channels" list="Channels" here={visibleText(channel.name)} />
      <div className="mb-5 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h1 className="text-20 wrap-anywhere">{visibleText(channel.name)}</h1>
          <p className="mt-1 wrap-anywhere text-muted">
            {channelTypeWords[channel.type].word} · {targetText(channel)}
          </p>
        </div>
        {mayWrite && (
          <div className="flex flex-wrap items-start gap-2">
            <div className="max-w-72">
              <TestChannel channel={channel} />
            </div>
            <RemoveChannel channel={channel} />
          </div>
        )}
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <ChannelForm
          key={channel.updatedAt}
          id={channel.id}
          channel={writableChannel(channel)}
          hasSecret={channel.hasSecret}
          mayWrite={mayWrite}
        />
        <Deliveries
          page={deliveries}
          channelId={channel.id}
          cursor={cursor}
          mayResend={permissions.includes('alerts:answer')}
        />
      </div>
    </ClockProvider>
  )
}
