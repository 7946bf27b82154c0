import { channelTypes } from '@graftwatch/contract/alert-vocabulary'
import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getViewer, settled } from '../../../../../api/read.ts'
import { Breadcrumb } from '../../../../../components/breadcrumb.tsx'
import { newChannel } from '../../../../../words/channel-form.ts'
import { channelTypeWords } from '../../../../../words/channels.ts'
import type { PageProps } from '../../../../page-props.ts'
import { first } from '../../../../search-params.ts'
import { ChannelForm } from '../_parts/channel-form.tsx'

export const metadata: Metadata = { title: 'New channel · Alerts' }

export default async function NewChannelPage({ searchParams }: PageProps) {
  const asked = first((await searchParams).type)
  const type = channelTypes.find((each) => each === asked) ?? 'webhook'
  const viewer = await settled(getViewer())
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('channels:write')
  return (
    <>
      <Breadcrumb href="/alerts/channels" list="Channels" here="New" />
      <h1 className="text-20">Make a channel</h1>
      <ul aria-label="Type" className="mt-3 flex flex-wrap gap-1.5">
        {channelTypes.map((each) => (
          <li key={each}>
            <Link
              href={`/alerts/channels/new?type=${each}`}
              prefetch={false}
              aria-current={each === type ? 'true' : undefined}
              className="inline-flex min-h-8 items-center rounded-control border border-line px-2.5 text-13 text-muted hover:border-control hover:text-ink aria-[current]:border-control aria-[current]:bg-surface aria-[current]:font-semibold aria-[current]:text-ink max-sm:min-h-11"
            >
              {channelTypeWords[each].word}
            </Link>
          </li>
        ))}
      </ul>
      <p className="mt-2 mb-5 text-muted first-letter:uppercase">{channelTypeWords[type].means}.</p>
      <ChannelForm key={type} id={null} channel={newChannel(type)} hasSecret={false} mayWrite={mayWrite} />
    </>
  )
}
