import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getSetupStatus, settled } from '../../../api/read.ts'
import type { PageProps } from '../../page-props.ts'
import { SignInForm } from './sign-in-form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: PageProps) {
  const [{ next }, setup] = await Promise.all([searchParams, settled(getSetupStatus())])
  return (
    <>
      <h1 className="text-20">Sign in</h1>
      {setup instanceof ApiProblem ? (
        <p role="alert" className="mt-3 text-13 text-stuck-text">
          {setup.problem.detail} {setup.problem.remedy}
        </p>
      ) : (
        setup.needed && (
          <p className="mt-3 rounded-control border border-line bg-surface p-3 text-13">
            Nobody is registered yet. The terminal that started Graftwatch printed a set-up link; open it to
            create the first admin.
          </p>
        )
      )}
      <SignInForm next={ownPath(typeof next === 'string' ? next : undefined)} />
    </>
  )
}

/**
 * Where to go after signing in: a path of this origin, else the overview. Read as a browser reads it, since `//host`, `/\\host`,
 * `/<tab>/host` and, once its dots are taken out, `/.//host` lead elsewhere.
 */
function ownPath(next: string | undefined): string {
  const here = 'http://here.invalid'
  if (next === undefined || !URL.canParse(next, here)) return '/'
  const { origin, pathname, search, hash } = new URL(next, here)
  return origin === here && !pathname.startsWith('//') && !pathname.startsWith('/sign-in')
    ? `${pathname}${search}${hash}`
    : '/'
}
