import { cookies } from 'next/headers'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { getAlerts, getOverview, getViewer, settled } from '../../api/read.ts'
import { InPageLinks } from '../../components/in-page-links.tsx'
import { LiveRefresh } from '../../components/live-refresh.tsx'
import { ProblemPanel } from '../../components/problem-panel.tsx'
import { RetryButton } from '../../components/retry-button.tsx'
import { AccountMenu } from '../../components/shell/account-menu.tsx'
import { BottomBar } from '../../components/shell/bottom-bar.tsx'
import { ConnectionChip } from '../../components/shell/connection-chip.tsx'
import { DemoBanner } from '../../components/shell/demo-banner.tsx'
import { Mark } from '../../components/shell/mark.tsx'
import { Navigation } from '../../components/shell/navigation.tsx'
import { readTheme, themeCookie } from '../../components/shell/theme.ts'
import { ThemeToggle } from '../../components/shell/theme-toggle.tsx'
import { Shortcuts } from '../../components/shortcuts.tsx'
import { TimeControl } from '../../components/time-cursor/time-control.tsx'
import { Unanswered } from '../../components/time-cursor/unanswered.tsx'
import { TimeTip } from '../../components/time-tip.tsx'
import { isLoud } from '../../words/alerts.ts'
import { loudest } from './alerts/search-params.ts'

/** What surrounds every page of a signed-in person. Without the API it still stands, and says so where the page would be. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const [viewer, overview, alerts] = await Promise.all([
    settled(getViewer()),
    settled(getOverview()),
    settled(getAlerts(loudest)),
  ])
  const theme = readTheme((await cookies()).get(themeCookie)?.value)
  const known = overview instanceof ApiProblem ? null : overview
  const navigation = {
    stuck: known?.counts.stuck ?? 0,
    firing: alerts instanceof ApiProblem ? 0 : alerts.firing,
    loud: !(alerts instanceof ApiProblem) && alerts.items.some(isLoud),
    permissions: viewer instanceof ApiProblem ? [] : viewer.permissions,
  }

  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="sr-only z-30 rounded-control bg-ink px-3 py-2 text-page focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 flex h-dvh w-14 shrink-0 flex-col border-r border-line bg-surface p-2 max-sm:hidden xl:w-52 xl:p-3">
        <Link
          href="/"
          prefetch={false}
          aria-label="Graftwatch, overview"
          className="mb-4 flex min-h-9 items-center gap-2.5 rounded-control px-2 text-14 font-semibold max-xl:justify-center"
        >
          <Mark />
          <span className="max-xl:hidden">Graftwatch</span>
        </Link>
        <Navigation {...navigation} />
      </header>
      <div className="flex min-w-0 flex-1 flex-col">
        <section
          aria-label="Status and account"
          className="sticky top-0 z-10 flex h-12 shrink-0 items-center gap-3 border-b border-line bg-page px-4 sm:px-6"
        >
          <Link
            href="/"
            prefetch={false}
            aria-label="Graftwatch, overview"
            className="flex size-11 items-center sm:hidden"
          >
            <Mark size={18} />
          </Link>
          <div className="ml-auto flex min-w-0 items-center gap-2 max-sm:gap-1 *:shrink-0">
            <TimeControl />
            <ConnectionChip />
            {!(viewer instanceof ApiProblem) && <Shortcuts viewer={viewer} />}
            <ThemeToggle initial={theme} />
            {!(viewer instanceof ApiProblem) && <AccountMenu viewer={viewer} />}
          </div>
        </section>
        {known !== null && known.demoHosts > 0 && (
          <DemoBanner
            hosts={known.demoHosts}
            removable={!(viewer instanceof ApiProblem) && viewer.role === 'admin'}
          />
        )}
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1280px] flex-1 px-4 pt-5 pb-20 outline-none sm:px-6 sm:pb-5"
        >
          <Unanswered />
          {viewer instanceof ApiProblem ? (
            <>
              <h1 className="sr-only">Graftwatch</h1>
              <LiveRefresh everyMs={1000} />
              <ProblemPanel problem={viewer.problem} action={<RetryButton />} />
            </>
          ) : (
            children
          )}
        </main>
      </div>
      <BottomBar {...navigation} />
      <TimeTip />
      <InPageLinks />
    </div>
  )
}
