import type { Metadata } from 'next'
import { ApiProblem } from '../../../../../api/problem.ts'
import { getRules, getSilences, getViewer, settled } from '../../../../../api/read.ts'
import { ClockProvider } from '../../../../../components/clock.tsx'
import { LiveRefresh } from '../../../../../components/live-refresh.tsx'
import { ProblemPanel } from '../../../../../components/problem-panel.tsx'
import { RecordTable } from '../../../../../components/record-table.tsx'
import { RetryButton } from '../../../../../components/retry-button.tsx'
import { silencesSentence } from '../../../../../words/silences.ts'
import { AddSilence } from './_parts/add-silence.tsx'
import { SilenceRow } from './_parts/silence-row.tsx'

export const metadata: Metadata = { title: 'Silences · Alerts' }

/** Of what nothing is sent, why, by whom, until when. */
export default async function SilencesPage() {
  const [page, rules, viewer] = await Promise.all([
    settled(getSilences()),
    settled(getRules()),
    settled(getViewer()),
  ])
  if (page instanceof ApiProblem) return <ProblemPanel problem={page.problem} action={<RetryButton />} />
  const mayWrite = !(viewer instanceof ApiProblem) && viewer.permissions.includes('silences:write')
  const now = Date.parse(page.now)
  return (
    <ClockProvider now={page.now}>
      <LiveRefresh everyMs={5000} />
      <p className="mb-5 max-w-[72ch] text-20">{silencesSentence(page.items, now)}</p>
      <section aria-labelledby="silences" className="panel">
        <div className="panel-head">
          <h2 id="silences" className="text-14">
            Silences and maintenance windows
          </h2>
          {mayWrite && (
            <AddSilence
              rules={rules instanceof ApiProblem ? [] : rules.items.map(({ id, name }) => ({ id, name }))}
            />
          )}
        </div>
        {page.items.length === 0 ? (
          <p className="max-w-[80ch] p-4 text-muted">
            A silence keeps back what would be sent, of hosts, of a rule, or of one alert; the pages go on
            showing it. Nobody has made one yet. The quickest way is the button Silence at an alert.
          </p>
        ) : (
          <RecordTable
            caption="Silences, active first, then planned, then ended"
            columns={[
              { word: 'What' },
              { word: 'Why and who', width: 'w-[34%]' },
              { word: 'When', width: 'w-52' },
              { word: 'Quiet now', width: 'w-28' },
              { word: 'Acts', width: 'w-28', acts: true },
            ]}
          >
            {page.items.map((silence) => (
              <SilenceRow key={silence.id} silence={silence} now={now} mayWrite={mayWrite} />
            ))}
          </RecordTable>
        )}
      </section>
    </ClockProvider>
  )
}
