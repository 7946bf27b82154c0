'use client'

import { useRouter } from 'next/navigation'
import { useId, useRef } from 'react'
import { write } from '../../../../api/write.ts'
import { ConfirmDialog } from '../../../../components/confirm-dialog.tsx'

type RetireHostsProps = {
  /** Hosts as the API takes a selection of them, and who that is in words. */
  selection: Record<string, unknown>
  hosts: string
  /** Whether they are out of the fleet and shall come back. */
  back: boolean
  onDone?: () => void
}

/** Takes the chosen hosts out of the fleet, or with `back` into it again. Their history stays either way. */
export function RetireHosts({ selection, hosts, back, onDone }: RetireHostsProps) {
  const router = useRouter()
  const reason = useRef<HTMLInputElement>(null)
  const reasonId = useId()
  return (
    <ConfirmDialog
      opener={back ? 'Return…' : 'Retire…'}
      openerClass="button"
      title={back ? 'Return to the fleet' : 'Retire from the fleet'}
      keep="Cancel"
      confirm={back ? 'Return them' : 'Retire them'}
      busyWord={back ? 'Returning…' : 'Retiring…'}
      act={() =>
        write('POST', back ? '/v1/hosts/return' : '/v1/hosts/retire', {
          hosts: selection,
          ...(back ? {} : { reason: reason.current?.value.trim() || null }),
        })
      }
      onDone={() => {
        onDone?.()
        router.refresh()
      }}
    >
      <p>
        {back
          ? `Counts ${hosts} among the fleet again.`
          : `Takes ${hosts} out of the fleet: out of counts, lists and alerts. History is kept, and a host that speaks again returns by itself.`}
      </p>
      {!back && (
        <div>
          <label htmlFor={reasonId} className="text-13 font-medium text-ink">
            Reason, for the audit log
          </label>
          <input ref={reason} id={reasonId} maxLength={300} className="field mt-1 text-ink" />
        </div>
      )}
    </ConfirmDialog>
  )
}
