'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import type { Channel, ChannelTested } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { testedText } from '../../../../../words/channels.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** Sends a test at once, as the channel is saved, and says here how the receiver answered. */
export function TestChannel({ channel }: { channel: Pick<Channel, 'id' | 'name'> }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<{ well: boolean; text: string } | null>(null)

  async function test() {
    setBusy(true)
    setSaid(null)
    const written = await write<ChannelTested>('POST', `/v1/channels/${channel.id}/test`)
    setBusy(false)
    setSaid(
      written.ok
        ? { well: written.answer.delivered, text: testedText(written.answer) }
        : { well: false, text: `${written.problem.detail} ${written.problem.remedy}` },
    )
    router.refresh()
  }

  return (
    <>
      <button
        type="button"
        className="button"
        aria-label={`Test ${visibleText(channel.name)}`}
        disabled={busy}
        onClick={() => void test()}
      >
        {busy ? 'Testing…' : 'Test'}
      </button>
      <span
        role="status"
        className={`mt-1 block text-left text-12 wrap-anywhere empty:hidden ${said?.well === false ? 'text-stuck-text' : 'text-muted'}`}
      >
        {said?.text}
      </span>
    </>
  )
}
