'use client'

import { write } from '../../../../../api/write.ts'
import { ConfirmDialog } from '../../../../../components/confirm-dialog.tsx'
import { CopyButton } from '../../../../../components/copy-button.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'

type RemoveHostProps = { id: string; hostname: string; base: string }

/** Takes a host out of the fleet, for admins. */
export function RemoveHost({ id, hostname, base }: RemoveHostProps) {
  const command = `curl -fsS ${base}/install.sh | sudo sh -s -- --remove`
  return (
    <ConfirmDialog
      opener="Remove host…"
      openerClass="button"
      title={`Remove ${visibleText(hostname)}`}
      keep="Keep it"
      confirm="Remove host"
      busyWord="Removing…"
      act={() => write('DELETE', `/v1/hosts/${id}`)}
      // Not back to a host that is gone.
      onDone={() => window.location.replace('/hosts')}
    >
      <p>
        It leaves the fleet and its key ends at once. Its history is kept. The agent goes on running until it
        is removed on the host:
      </p>
      <div className="flex items-start gap-2">
        <code className="mono min-w-0 flex-1 rounded-control border border-line bg-surface px-2.5 py-1.5 text-13 wrap-anywhere text-ink">
          {command}
        </code>
        <CopyButton text={command} label="Copy" what="the command that removes the agent" />
      </div>
    </ConfirmDialog>
  )
}
