import type { Metadata } from 'next'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getViewer, settled } from '../../../../../api/read.ts'
import { Breadcrumb } from '../../../../../components/breadcrumb.tsx'
import { newRule } from '../../../../../words/rule-form.ts'
import { RuleForm } from '../_parts/rule-form.tsx'

export const metadata: Metadata = { title: 'New rule · Alerts' }

export default async function NewRulePage() {
  const viewer = await settled(getViewer())
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('rules:write')
  return (
    <>
      <Breadcrumb href="/alerts/rules" list="Rules" here="New" />
      <h1 className="mb-5 text-20">Make a rule</h1>
      <RuleForm id={null} rule={newRule} mayWrite={mayWrite} />
    </>
  )
}
