'use client'

import type { Permission } from '@graftwatch/contract/vocabulary'
import { useEffect, useId, useRef, useSyncExternalStore } from 'react'
import type { Viewer } from '../api/types.ts'
import { pagesFor } from './shell/pages.ts'
import { onSingleKeys, setSingleKeys, singleKeysOn } from './single-keys.ts'

type Shortcut = { keys: readonly string[]; does: string }

const everywhere: readonly Shortcut[] = [
  { keys: ['Ctrl K', '⌘ K'], does: 'Search pages, hosts, patches, causes and acts' },
  { keys: ['Esc'], does: 'Close, or leave the list or the filter' },
]
const groups = (permissions: readonly Permission[]): { title: string; shortcuts: readonly Shortcut[] }[] => [
  {
    title: 'Go to',
    shortcuts: pagesFor(permissions).flatMap(({ letter, word }) =>
      letter === undefined ? [] : [{ keys: [`g ${letter}`], does: word }],
    ),
  },
  {
    title: 'In a list',
    shortcuts: [
      { keys: ['/'], does: 'Filter' },
      { keys: ['j'], does: 'Next row' },
      { keys: ['k'], does: 'Row before' },
      { keys: ['Enter'], does: 'Open the row' },
      { keys: ['x'], does: 'Select the row, on Hosts' },
      { keys: ['e'], does: 'Export, on Hosts' },
    ],
  },
  {
    title: 'On the page',
    shortcuts: [
      { keys: ['p'], does: 'Pause live updates, or go on' },
      { keys: ['.'], does: 'Show updates that wait' },
      { keys: ['y'], does: 'Copy for a ticket' },
      { keys: ['[', ']'], does: 'Step back and forth in time' },
      { keys: ['?'], does: 'This list' },
    ],
  },
]

/** All shortcuts, and the switch for those of a single key. */
export function ShortcutsSheet({ viewer, onClose }: { viewer: Viewer; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  const on = useSyncExternalStore(onSingleKeys, singleKeysOn, () => true)
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      onClose={onClose}
      className="m-auto w-[min(44rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
    >
      <div className="flex items-start justify-between gap-4">
        <h2 id={title} className="text-16">
          Keyboard shortcuts
        </h2>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <Group shortcuts={everywhere} keysWidth="w-32" />
      <label className="mt-4 flex min-h-6 items-center gap-2.5 text-14">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => setSingleKeys(event.target.checked)}
          className="size-4 accent-(--ink)"
        />
        Shortcuts of single keys, in this browser
      </label>
      <div className={`mt-2 grid gap-x-8 sm:grid-cols-3 ${on ? '' : 'text-muted line-through'}`}>
        {groups(viewer.permissions).map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3 className="eyebrow mt-3">{group.title}</h3>
            <Group shortcuts={group.shortcuts} />
          </section>
        ))}
      </div>
    </dialog>
  )
}

function Group({ shortcuts, keysWidth = 'w-14' }: { shortcuts: readonly Shortcut[]; keysWidth?: string }) {
  return (
    <dl className="mt-1.5 flex flex-col gap-1.5 text-13">
      {shortcuts.map(({ keys, does }) => (
        <div key={does} className="flex items-baseline gap-3">
          <dt className={`flex shrink-0 flex-wrap gap-1 ${keysWidth}`}>
            {keys.map((key) => (
              <kbd
                key={key}
                className="mono rounded border border-line bg-surface px-1.5 text-12 whitespace-nowrap"
              >
                {key}
              </kbd>
            ))}
          </dt>
          <dd className="min-w-0">{does}</dd>
        </div>
      ))}
    </dl>
  )
}
