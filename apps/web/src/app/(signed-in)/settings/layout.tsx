import type { ReactNode } from 'react'
import { ApiProblem } from '../../../api/problem.ts'
import { getViewer, settled } from '../../../api/read.ts'
import { SectionTabs } from '../../../components/section-tabs.tsx'
import { sections } from './_parts/sections.ts'

/** Whoever may see only one part, or none, needs no tabs. */
export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const viewer = await settled(getViewer())
  const permissions = viewer instanceof ApiProblem ? [] : viewer.permissions
  const shown = sections.filter(({ permission }) => permissions.includes(permission))
  return (
    <>
      <h1 className="text-16">Settings</h1>
      {shown.length > 1 && <SectionTabs label="Settings" sections={shown} />}
      {children}
    </>
  )
}
