import Link from 'next/link'
import type { Channel } from '../../../../../../api/types.ts'
import { Ago } from '../../../../../../components/clock.tsx'
import { RecordCell, RecordHead, RecordRow } from '../../../../../../components/record-table.tsx'
import { channelTypeWords, routeText, targetText } from '../../../../../../words/channels.ts'
import { duration } from '../../../../../../words/duration.ts'
import { number } from '../../../../../../words/numbers.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'
import { TestChannel } from '../../../channels/_parts/test-channel.tsx'

export function ChannelRow({ channel, mayWrite }: { channel: Channel; mayWrite: boolean }) {
  return (
    <RecordRow ended={!channel.enabled}>
      <RecordHead>
        <Link
          href={`/alerts/channels/${channel.id}`}
          prefetch={false}
          className="-my-[3px] inline-flex min-h-6 items-center font-medium hover:underline"
        >
          {visibleText(channel.name)}
        </Link>{' '}
        <span className="text-muted">
          {channelTypeWords[channel.type].word}
          {!channel.enabled && ', off'}
        </span>
        <span className="block text-12 text-muted">{targetText(channel)}</span>
      </RecordHead>
      <RecordCell word="Gets">
        {routeText(channel)}
        {channel.heartbeatSeconds !== null && (
          <span className="block text-12 text-muted">
            heartbeat every {duration(channel.heartbeatSeconds)}
          </span>
        )}
      </RecordCell>
      <RecordCell>
        <Fared channel={channel} />
      </RecordCell>
      <RecordCell right>{mayWrite && <TestChannel channel={channel} />}</RecordCell>
    </RecordRow>
  )
}

function Fared({ channel }: { channel: Channel }) {
  const { delivered, dead, waiting, lastDeliveredAt, lastFailure } = channel
  return (
    <>
      {number(delivered)} delivered
      {lastDeliveredAt !== null && (
        <>
          , the last <Ago at={lastDeliveredAt} focusable />
        </>
      )}
      {waiting > 0 && `, ${number(waiting)} waiting`}
      {dead > 0 && <span className="font-medium text-stuck-text">, {number(dead)} given up</span>}
      {lastFailure !== null && (
        <span className="block text-12 text-muted">last failure: {visibleText(lastFailure)}</span>
      )}
    </>
  )
}
