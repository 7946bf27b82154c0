import type { Metadata } from 'next'
import { ApiProblem } from '../../../api/problem.ts'
import { getOverview, getViewer, settled } from '../../../api/read.ts'
import { ProblemPanel } from '../../../components/problem-panel.tsx'
import { RetryButton } from '../../../components/retry-button.tsx'
import { utcInstant } from '../../../words/duration.ts'
import { counted } from '../../../words/numbers.ts'
import { baseUrl } from '../../base-url.ts'
import type { PageProps } from '../../page-props.ts'
import { first } from '../../search-params.ts'
import { AddHosts } from './_parts/add-hosts.tsx'
import { readInstallForm } from './search-params.ts'

export const metadata: Metadata = { title: 'Add hosts' }

/** How the next host comes in, until it has come. */
export default async function AddPage({ searchParams }: PageProps) {
  const form = readInstallForm(first((await searchParams).form))
  const [viewer, overview, url] = await Promise.all([settled(getViewer()), settled(getOverview()), baseUrl()])
  if (viewer instanceof ApiProblem) return <ProblemPanel problem={viewer.problem} action={<RetryButton />} />
  const now = new Date().toISOString()
  const hosts = overview instanceof ApiProblem ? null : overview.total - overview.demoHosts
  return (
    <>
      <h1 className="text-16">Add hosts</h1>
      <p className="mt-1 mb-5 max-w-[72ch] text-20">
        Paste one line on a host, and it reports within a minute.{' '}
        {hosts !== null &&
          (hosts === 0
            ? 'No host of yours does yet.'
            : `${counted(hosts, 'host')} of yours ${hosts === 1 ? 'does' : 'do'} already.`)}
      </p>
      {viewer.permissions.includes('enrollment-tokens:write') ? (
        <AddHosts url={url} initialForm={form} name={`Line of ${utcInstant(now, Date.parse(now))}`} />
      ) : (
        <section aria-labelledby="refused" className="panel max-w-[72ch] p-6">
          <h2 id="refused" className="text-16">
            Your role may not add hosts
          </h2>
          <p className="mt-2 text-muted">
            The line holds a token that lets a host in. Operators and admins make one here; yours is the role{' '}
            {viewer.role ?? 'of a key'}. Ask one of them to send you a line, or an admin to give you the role
            operator.
          </p>
        </section>
      )}
    </>
  )
}
