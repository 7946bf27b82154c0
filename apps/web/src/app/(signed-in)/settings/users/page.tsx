import type { Metadata } from 'next'
import { ApiProblem } from '../../../../api/problem.ts'
import { getUsers, getViewer, settled } from '../../../../api/read.ts'
import type { User } from '../../../../api/types.ts'
import { ClockProvider } from '../../../../components/clock.tsx'
import { Paging } from '../../../../components/paging.tsx'
import { RecordTable } from '../../../../components/record-table.tsx'
import { counted, listed } from '../../../../words/numbers.ts'
import type { PageProps } from '../../../page-props.ts'
import { nextHref, sectionPage } from '../_parts/section-page.ts'
import { SectionRefused } from '../_parts/section-refused.tsx'
import { AddUser } from './_parts/add-user.tsx'
import { UserRow } from './_parts/user-row.tsx'

export const metadata: Metadata = { title: 'People · Settings' }

/** Who may sign in, and as what. */
export default async function UsersPage({ searchParams }: PageProps) {
  const { cursor, query } = sectionPage(await searchParams)
  const [page, viewer] = await Promise.all([settled(getUsers(query)), settled(getViewer())])
  if (page instanceof ApiProblem) return <SectionRefused problem={page.problem} />
  const ownId = viewer instanceof ApiProblem ? null : viewer.id
  return (
    <ClockProvider now={new Date().toISOString()}>
      {cursor === null && page.nextCursor === null && (
        <p className="mb-5 max-w-[72ch] text-20">{peopleSentence(page.items)}</p>
      )}
      <section aria-labelledby="people" className="panel">
        <div className="panel-head">
          <h2 id="people" className="text-14">
            People
          </h2>
          <AddUser />
        </div>
        <RecordTable
          caption="People, by e-mail address"
          columns={[
            { word: 'Person' },
            { word: 'Role', width: 'w-28' },
            { word: 'Signed in', width: 'w-32' },
            { word: 'Added', width: 'w-36' },
            { word: 'Acts', width: 'w-80', acts: true },
          ]}
        >
          {page.items.map((user) => (
            <UserRow key={user.id} user={user} own={user.id === ownId} />
          ))}
        </RecordTable>
        <Paging
          label="Pages of people"
          first={cursor === null ? null : '/settings/users'}
          firstWord="Back to the first"
          next={nextHref('/settings/users', page.nextCursor)}
          nextWord="Next 100"
        />
      </section>
    </ClockProvider>
  )
}

/** `4 people may sign in: 1 admin, 2 operators and 1 viewer. 1 more is disabled.` */
function peopleSentence(users: readonly User[]): string {
  const active = users.filter(({ disabledAt }) => disabledAt === null)
  const of = (role: User['role']) => active.filter((user) => user.role === role).length
  const roles = (['admin', 'operator', 'viewer'] as const)
    .filter((role) => of(role) > 0)
    .map((role) => counted(of(role), role))
  const disabled = users.length - active.length
  const rest = disabled === 0 ? '' : ` ${counted(disabled, 'more is', 'more are')} disabled.`
  return `${counted(active.length, 'person', 'people')} may sign in: ${listed(roles)}.${rest}`
}
