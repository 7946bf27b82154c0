import type { HostDetail } from '../../../../../api/types.ts'
import { Ago } from '../../../../../components/clock.tsx'
import { visibleText } from '../../../../../words/visible-text.ts'
import { RetireHosts } from '../../_parts/retire-hosts.tsx'

/** Takes the host out of the fleet, or back into it, for operators. */
export function HostActs({ host }: { host: HostDetail }) {
  return (
    <div className="flex flex-wrap items-center gap-2 text-13 text-muted">
      <RetireHosts
        selection={{ ids: [host.id] }}
        hosts={visibleText(host.hostname)}
        back={host.retiredAt !== null}
      />
      {host.retiredAt !== null && (
        <span>
          Retired <Ago at={host.retiredAt} />
        </span>
      )}
    </div>
  )
}
