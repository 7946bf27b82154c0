import type { Metadata } from 'next'
import Link from 'next/link'
import { ApiProblem } from '../../../api/problem.ts'
import { getSetupStatus, settled } from '../../../api/read.ts'
import { SetupForm } from './setup-form.tsx'

export const metadata: Metadata = { title: 'Set up' }

export default async function SetupPage() {
  const setup = await settled(getSetupStatus())
  if (!(setup instanceof ApiProblem) && !setup.needed) {
    return (
      <>
        <h1 className="text-20">Already set up</h1>
        <p className="mt-3 text-13 text-muted">The first admin exists; the set-up link works once.</p>
        <Link className="button mt-4 min-h-10 w-full" href="/sign-in" prefetch={false}>
          Sign in
        </Link>
      </>
    )
  }
  return (
    <>
      <h1 className="text-20">Create the first admin</h1>
      <p className="mt-2 text-13 text-muted">The account that may do everything here.</p>
      {setup instanceof ApiProblem && (
        <p role="alert" className="mt-3 text-13 text-stuck-text">
          {setup.problem.detail} {setup.problem.remedy}
        </p>
      )}
      <SetupForm />
    </>
  )
}
