import Link from 'next/link'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getRules, settled } from '../../../../../api/read.ts'
import { counted } from '../../../../../words/numbers.ts'
import { ruleWhen } from '../../../../../words/rules.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { type AlertsView, alertsHref } from '../../search-params.ts'

/** Why there is nothing here, and, where that is good news, what is being watched. */
export async function NoAlerts({ view }: { view: AlertsView }) {
  if (view.cursor !== null) {
    return (
      <p className="p-4 text-muted">
        The list ends before here.{' '}
        <Link href={alertsHref({ ...view, cursor: null })} prefetch={false} className="textlink">
          Back to the first
        </Link>
      </p>
    )
  }
  if (view.status === 'pending') {
    return (
      <p className="p-4 text-muted">
        Nothing is on its way to an alert. What holds for as long as its rule says fires.
      </p>
    )
  }
  if (view.status === 'resolved') {
    return <p className="p-4 text-muted">No alert has ended yet. Those that have are kept here.</p>
  }
  return <Watched />
}

async function Watched() {
  const page = await settled(getRules())
  const rules = page instanceof ApiProblem ? [] : page.items.filter(({ enabled }) => enabled)
  return (
    <div className="p-4">
      {page instanceof ApiProblem ? (
        <p className="text-muted">Which rules there are could not be read: {page.problem.detail}</p>
      ) : (
        <p className={rules.length === 0 ? '' : 'text-muted'}>
          {rules.length === 0
            ? 'No rule is on, so nothing can fire.'
            : `${counted(rules.length, 'rule')} ${rules.length === 1 ? 'watches' : 'watch'}:`}
        </p>
      )}
      {rules.length > 0 && (
        <ul className="mt-2 grid gap-x-6 gap-y-1 text-13 lg:grid-cols-2">
          {rules.map((rule) => (
            <li
              key={rule.id}
              className="grid grid-cols-[11rem_minmax(0,1fr)] items-baseline gap-x-3 wrap-anywhere max-sm:block"
            >
              <Link
                href={`/alerts/rules/${rule.id}`}
                prefetch={false}
                className="inline-flex min-h-6 items-center font-medium hover:underline"
              >
                {visibleText(rule.name)}
              </Link>{' '}
              <span className="text-muted">{ruleWhen(rule)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-4 max-w-[72ch] text-13 text-muted">
        To see that an alert arrives, start a fire drill above: it goes through rule, route and channel, and
        counts nowhere. What is watched, and for how long it must hold, is under{' '}
        <Link href="/alerts/rules" prefetch={false} className="textlink">
          Rules
        </Link>
        .
      </p>
    </div>
  )
}
