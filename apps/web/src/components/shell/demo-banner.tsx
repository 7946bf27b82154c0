'use client'

import { useRouter } from 'next/navigation'
import { write } from '../../api/write.ts'
import { counted } from '../../words/numbers.ts'
import { ConfirmDialog } from '../confirm-dialog.tsx'

/** Says, on every page and for as long as it is true, that simulated hosts are among what is shown. Only admins may remove them. */
export function DemoBanner({ hosts, removable }: { hosts: number; removable: boolean }) {
  const router = useRouter()
  return (
    <aside
      aria-label="Demo fleet"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-1.5 text-13 sm:px-6"
    >
      <span className="rounded border border-dashed border-control px-1 text-12 leading-4 text-muted">
        demo
      </span>
      <p>
        {counted(hosts, 'simulated host')} {hosts === 1 ? 'is' : 'are'} shown
        <span className="max-sm:hidden"> beside real ones, each with this mark</span>.
      </p>
      {removable && (
        <ConfirmDialog
          opener="Remove demo"
          openerClass="textlink min-h-6"
          title="Remove the demo fleet"
          keep="Keep it"
          confirm="Remove demo"
          busyWord="Removing…"
          act={() => write('DELETE', '/v1/demo')}
          onDone={() => router.refresh()}
        >
          <p>
            {counted(hosts, 'simulated host')} and their history go for good. Hosts that reported themselves
            stay.
          </p>
        </ConfirmDialog>
      )}
    </aside>
  )
}
