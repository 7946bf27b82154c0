'use client'

import { useRouter } from 'next/navigation'
import type { Rule } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { ConfirmDialog } from '../../../../../components/confirm-dialog.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'

export function RemoveRule({ rule }: { rule: Rule }) {
  const router = useRouter()
  return (
    <ConfirmDialog
      opener="Remove…"
      openerClass="button"
      title={`Remove the rule ${visibleText(rule.name)}`}
      keep="Keep it"
      confirm="Remove rule"
      busyWord="Removing…"
      act={() => write('DELETE', `/v1/rules/${rule.id}`)}
      onDone={() => {
        router.push('/alerts/rules')
        router.refresh()
      }}
    >
      <p>
        What it watched is watched no more, and its alerts go with it, also those of the past. To pause it,
        switch it off instead.
      </p>
    </ConfirmDialog>
  )
}
