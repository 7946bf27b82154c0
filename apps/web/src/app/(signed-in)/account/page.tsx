import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getSessions, getViewer, settled } from '../../../api/read.ts'
import { ClockProvider } from '../../../components/clock.tsx'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { SessionsTable } from '../../../components/sessions-table.tsx'
import { counted } from '../../../words/numbers.ts'
import { roleWords } from '../../../words/roles.ts'
import { visibleText } from '../../../words/visible-text.ts'
import { ChangePassword } from './_parts/change-password.tsx'

export const metadata: Metadata = { title: 'Your account' }

/** Where one is signed in, and one's password. */
export default async function AccountPage() {
  const [viewer, sessions] = await Promise.all([settled(getViewer()), settled(getSessions(''))])
  const now = new Date()
  return (
    <>
      <h1 className="text-16">Your account</h1>
      {viewer instanceof ApiProblem || sessions instanceof ApiProblem ? (
        <div className="mt-4">
          <ProblemPanel
            problem={(viewer instanceof ApiProblem ? viewer : (sessions as ApiProblem)).problem}
            action={<RetryButton />}
          />
        </div>
      ) : (
        <ClockProvider now={now.toISOString()}>
          <p className="mt-1 mb-5 max-w-[72ch] text-20">
            {visibleText(viewer.name)}, you are signed in {sessionsWords(sessions.total)}.
            {viewer.role !== null && (
              <span className="block text-14 text-muted">
                Your role is {viewer.role}: {roleWords[viewer.role]}.
              </span>
            )}
          </p>
          <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,7fr)_minmax(0,3fr)]">
            <SessionsTable sessions={sessions} whose="Your sessions" now={now.getTime()} />
            <ChangePassword email={viewer.email ?? ''} />
          </div>
        </ClockProvider>
      )}
    </>
  )
}

const sessionsWords = (total: number): string =>
  total === 1 ? 'here alone' : `in ${counted(total, 'place')}`
