'use client'

import { useSyncExternalStore } from 'react'
import { hold, type Waiting } from '../api/hold.ts'
import { counted } from '../words/numbers.ts'

/** Says that updates wait, and how to have them; also that the reader has paused. Nothing while the page follows the fleet. */
export function WaitingUpdates() {
  const waiting = useSyncExternalStore(hold.onChange, hold.waiting, () => null)
  const paused = useSyncExternalStore(hold.onChange, hold.paused, () => false)
  return (
    <div
      role="status"
      data-waiting={waiting === null ? undefined : ''}
      className="pointer-events-none fixed inset-x-0 bottom-4 z-20 flex justify-center px-4 max-sm:bottom-20"
    >
      {(waiting !== null || paused) && (
        <p className="pointer-events-auto flex items-center gap-3 rounded-panel border border-line bg-raised py-1.5 pr-1.5 pl-4 text-13 shadow-(--float)">
          <span>
            {paused && 'Paused'}
            {paused && waiting !== null && ' · '}
            {waiting !== null && said(waiting)}
          </span>
          {waiting !== null && (
            <button
              type="button"
              className="button"
              aria-keyshortcuts="."
              title="Show now (.)"
              onClick={hold.apply}
            >
              Apply <kbd className="mono text-12 text-muted">.</kbd>
            </button>
          )}
          {paused && (
            <button
              type="button"
              className="button"
              aria-keyshortcuts="p"
              title="Go on (p)"
              onClick={hold.togglePause}
            >
              Go on <kbd className="mono text-12 text-muted">p</kbd>
            </button>
          )}
        </p>
      )}
    </div>
  )
}

const said = ({ hosts, unnamed }: Waiting): string =>
  unnamed ? 'updates wait' : `${counted(hosts, 'host')} changed`
