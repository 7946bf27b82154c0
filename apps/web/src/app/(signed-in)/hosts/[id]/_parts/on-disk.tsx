import type { HostDetail } from '../../../../../api/types.ts'
import { counted } from '../../../../../words/numbers.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/** What lies on disk for the running kernel beside what is loaded: it waits for a transition to end, or for somebody to load it. */
export function OnDisk({ host: { available, patches, kernel, status } }: { host: HostDetail }) {
  const waiting = (available ?? []).filter(
    ({ forKernel, patch, package: from }) =>
      forKernel === kernel?.release &&
      // A package that does not name its patch is known by itself.
      !patches.some((loaded) => (patch == null ? loaded.package === from : loaded.name === patch)),
  )
  if (waiting.length === 0) return null
  return (
    <div className="border-t border-line p-4">
      <h3 className="text-13 font-semibold">
        {status.flags.includes('queued')
          ? 'On disk, waiting for the transition to end'
          : 'On disk, not loaded'}
      </h3>
      <ul className="mt-1 flex flex-col gap-1">
        {waiting.map(({ package: from, version, patch, cves }) => (
          <li key={`${from} ${version} ${patch}`} className="text-12 wrap-anywhere">
            <span className="mono">{visibleText([patch, from, version].filter(Boolean).join(' · '))}</span>
            {cves != null && cves.length > 0 && (
              <details>
                <summary className="textlink inline-block min-h-6">
                  fixes {counted(cves.length, 'CVE')}
                </summary>
                <p className="mono">{visibleText(cves.join(', '))}</p>
              </details>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
