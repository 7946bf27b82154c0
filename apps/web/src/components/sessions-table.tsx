import type { Sessions } from '../api/types.ts'
import { deviceOf } from '../words/device.ts'
import { counted } from '../words/numbers.ts'
import { visibleText } from '../words/visible-text.ts'
import { Ago } from './clock.tsx'
import { EndSession } from './end-session.tsx'
import { Expiry } from './expiry.tsx'
import { RecordCell, RecordHead, RecordRow, RecordTable } from './record-table.tsx'
import { Unknown } from './text.tsx'

type SessionsTableProps = { sessions: Sessions; whose: string; now: number }

/** Where somebody is signed in, newest first. */
export function SessionsTable({ sessions, whose, now }: SessionsTableProps) {
  const { items, total } = sessions
  return (
    <section aria-labelledby="sessions" className="panel">
      <div className="panel-head">
        <h2 id="sessions" className="text-14">
          {whose}{' '}
          <span className="mono ml-1 text-12 font-normal text-muted">
            {items.length < total ? `newest ${items.length} of ${total}` : total}
          </span>
        </h2>
      </div>
      {items.length === 0 ? (
        <p className="p-4 text-muted">Signed in nowhere: every session has ended.</p>
      ) : (
        <RecordTable
          caption={`${whose}, newest first: ${counted(total, 'session')}`}
          columns={[
            { word: 'Device' },
            { word: 'Address', width: 'w-36' },
            { word: 'Signed in', width: 'w-28' },
            { word: 'Last used', width: 'w-28' },
            { word: 'Ends', width: 'w-36' },
            { word: 'Acts', width: 'w-24', acts: true },
          ]}
        >
          {items.map((session) => (
            <RecordRow key={session.id}>
              <RecordHead>
                <span className="font-medium" title={visibleText(session.userAgent ?? '')}>
                  {deviceOf(session.userAgent)}
                </span>
                {session.isCurrent && <span className="text-muted"> (this one)</span>}
              </RecordHead>
              <RecordCell word="Address">
                {session.address === null ? (
                  <Unknown reason="it came without one" />
                ) : (
                  <span className="mono">{session.address}</span>
                )}
              </RecordCell>
              <RecordCell word="Signed in">
                <Ago at={session.createdAt} focusable />
              </RecordCell>
              <RecordCell word="Last used">
                <Ago at={session.lastUsedAt} focusable />
              </RecordCell>
              <RecordCell word="Ends">
                <Expiry at={session.expiresAt} now={now} past="ended" />
              </RecordCell>
              <RecordCell right>
                {!session.isCurrent && <EndSession id={session.id} device={deviceOf(session.userAgent)} />}
              </RecordCell>
            </RecordRow>
          ))}
        </RecordTable>
      )}
    </section>
  )
}
