import type { HostDetail } from '../../../../../api/types.ts'
import { Name, Unknown } from '../../../../../components/text.tsx'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

type Reboot = NonNullable<HostDetail['reboot']>

/** Whether the agent had anything to say of the next boot: not where it may read no package and no boot files. */
export const isTold = (reboot: HostDetail['reboot']): reboot is Reboot =>
  reboot !== null && (reboot.installedKernel !== null || reboot.reason !== null)

/** Which kernel the next boot starts, and the agent's reason where there is more to say. */
export function NextBoot({ reboot, running }: { reboot: Reboot; running: string }) {
  const { installedKernel, pending, reason } = reboot
  if (installedKernel === null) return <Unknown reason={reason ?? 'not told'} />
  return (
    <>
      {installedKernel === running && pending === false ? (
        'the running kernel'
      ) : (
        <Name className="wrap-anywhere">{installedKernel}</Name>
      )}
      {reason !== null && <p className="text-12 wrap-anywhere text-muted">{visibleText(reason)}</p>}
    </>
  )
}

/** Fixes that live patches bring now and the next boot would not. */
export function FixesLost({ cves }: { cves: readonly string[] }) {
  return (
    <details>
      <summary className="textlink inline-block min-h-6 font-semibold">
        {counted(cves.length, 'fix', 'fixes')}
      </summary>
      <p className="mono mt-1 flex flex-wrap gap-x-4 gap-y-1 text-12">
        {cves.map((cve) => (
          <span key={cve}>{visibleText(cve)}</span>
        ))}
      </p>
    </details>
  )
}
