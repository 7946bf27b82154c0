import type { ReactNode } from 'react'
import { ApiProblem } from '../../../../api/problem.ts'
import { getViewer, settled } from '../../../../api/read.ts'
import { SectionTabs } from '../../../../components/section-tabs.tsx'
import { StartDrill } from './_parts/start-drill.tsx'

/** Alerts, and what decides which there are and who is told. Channels are for those who may see where alerts go. */
export default async function AlertsLayout({ children }: { children: ReactNode }) {
  const viewer = await settled(getViewer())
  const permissions = viewer instanceof ApiProblem ? [] : viewer.permissions
  const sections = [
    { href: '/alerts', word: 'Alerts', exact: true },
    { href: '/alerts/rules', word: 'Rules' },
    { href: '/alerts/silences', word: 'Silences' },
    ...(permissions.includes('channels:read') ? [{ href: '/alerts/channels', word: 'Channels' }] : []),
  ]
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-16">Alerts</h1>
        {permissions.includes('drills:start') && <StartDrill />}
      </div>
      <SectionTabs label="Alerting" sections={sections} />
      {children}
    </>
  )
}
