'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { refusalOf } from '../../../../../api/refusal.ts'
import { write } from '../../../../../api/write.ts'
import { TextField } from '../../../../../components/text-field.tsx'

export function CommentForm({ alertId }: { alertId: string }) {
  const router = useRouter()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | undefined>()

  async function comment(event: FormEvent) {
    event.preventDefault()
    if (text.trim() === '') return setProblem('Write something first.')
    setBusy(true)
    setProblem(undefined)
    const written = await write('POST', `/v1/alerts/${alertId}/comments`, { text: text.trim() })
    setBusy(false)
    if (!written.ok) {
      const refusal = refusalOf(written.problem)
      return setProblem(refusal.text ?? refusal.form)
    }
    setText('')
    router.refresh()
  }

  return (
    <form onSubmit={comment} noValidate className="flex flex-col gap-2 border-b border-line p-4">
      <TextField
        name="text"
        label="Comment"
        rows={1}
        value={text}
        maxLength={4000}
        error={problem}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button self-start" disabled={busy}>
        {busy ? 'Adding…' : 'Add comment'}
      </button>
    </form>
  )
}
