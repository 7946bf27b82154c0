'use client'

import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { hold } from '../../api/hold.ts'
import type { Viewer } from '../../api/types.ts'
import { keepRecent, readFound } from './found.ts'
import { actItems, matches, type PaletteItem, pageItems } from './items.ts'
import { PaletteOption } from './palette-option.tsx'
import { runAct } from './run-act.ts'
import { useSearch } from './use-search.ts'

type PaletteProps = {
  /** Whose searches are remembered, and which pages there are. */
  viewer: Viewer
  onClose: () => void
  onShortcuts: () => void
}
type Group = { title: string; items: readonly PaletteItem[] }

/** Everything by its name: pages, hosts, patches, causes and acts. A native dialog around a combobox; the keyboard is enough. */
export function Palette({ viewer, onClose, onShortcuts }: PaletteProps) {
  const router = useRouter()
  const dialog = useRef<HTMLDialogElement>(null)
  const list = useId()
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const [problem, setProblem] = useState<string | null>(null)
  const who = viewer.email ?? ''
  const query = typed.trim().slice(0, 100)
  const search = useSearch(who, query)
  const groups = groupsOf(query, search.items, viewer)
  const items = groups.flatMap((group) => group.items)
  const at = Math.min(active, Math.max(0, items.length - 1))

  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }, [])
  useEffect(() => {
    document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, at])

  async function choose(item: PaletteItem | undefined) {
    if (item === undefined) return
    if (item.kind !== 'act') keepRecent(who, item)
    if (item.href !== null) {
      dialog.current?.close()
      return router.push(item.href)
    }
    const said = await runAct(item.key)
    if (said !== null) return setProblem(said)
    dialog.current?.close()
    if (item.key === 'act shortcuts') onShortcuts()
  }

  function onKeyDown(event: KeyboardEvent) {
    const last = items.length - 1
    const steps: Record<string, number> = {
      ArrowDown: at >= last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      PageDown: Math.min(last, at + 8),
      PageUp: Math.max(0, at - 8),
    }
    const next = steps[event.key]
    if (event.nativeEvent.isComposing) return
    if (next !== undefined) {
      event.preventDefault()
      setActive(next)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      void choose(items[at])
    }
  }

  return (
    <dialog
      ref={dialog}
      aria-label="Command palette"
      onClose={onClose}
      closedby="any"
      className="mx-auto mt-[12vh] w-[min(40rem,calc(100vw-2rem))] overflow-hidden rounded-panel border border-line bg-raised text-ink shadow-(--float) backdrop:bg-page/70 max-sm:mt-4"
    >
      <div className="flex max-h-[70vh] flex-col">
        <input
          type="text"
          role="combobox"
          aria-label="Search pages, hosts, patches, causes and acts"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={items.length === 0 ? undefined : `${list}-${at}`}
          aria-autocomplete="list"
          autoFocus
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setActive(0)
            setProblem(null)
          }}
          onKeyDown={onKeyDown}
          placeholder="Search or do …"
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          className="min-h-12 w-full border-b border-line bg-transparent px-4 text-16 outline-none"
        />
        <div id={list} role="listbox" aria-label="Results" className="overflow-y-auto p-2">
          {groups.map((group, index) => {
            const before = groups.slice(0, index).reduce((sum, each) => sum + each.items.length, 0)
            return (
              // biome-ignore lint/a11y/useSemanticElements: a group of options, not of form fields
              <div key={group.title} role="group" aria-label={group.title}>
                <p aria-hidden="true" className="px-2 pt-2 pb-1 text-12 text-muted">
                  {group.title}
                </p>
                {group.items.map((item, offset) => (
                  <PaletteOption
                    key={item.key}
                    id={`${list}-${before + offset}`}
                    item={item}
                    active={before + offset === at}
                    onPoint={() => setActive(before + offset)}
                    onChoose={() => void choose(item)}
                  />
                ))}
              </div>
            )
          })}
        </div>
        <p role="status" className="px-4 pb-2 text-12 text-muted">
          {problem ?? note(query, items.length, search)}
        </p>
      </div>
    </dialog>
  )
}

/** With nothing typed: what was chosen last, then everything else; else what matches. */
function groupsOf(query: string, found: readonly PaletteItem[], viewer: Viewer): Group[] {
  const acts = actItems(hold.paused())
  const pages = pageItems(viewer.permissions)
  const groups: Group[] =
    query === ''
      ? [
          {
            title: 'Recent',
            items: readFound(viewer.email ?? '').recent.filter(({ kind }) => kind !== 'page'),
          },
          { title: 'Pages', items: pages },
          { title: 'Acts', items: acts },
        ]
      : [
          { title: 'Pages', items: pages.filter((item) => matches(item, query)) },
          { title: 'Hosts', items: found.filter(({ kind }) => kind === 'host') },
          { title: 'Causes', items: found.filter(({ kind }) => kind === 'cause') },
          { title: 'Patches', items: found.filter(({ kind }) => kind === 'patch') },
          { title: 'Acts', items: acts.filter((item) => matches(item, query)) },
        ]
  return groups.filter(({ items }) => items.length > 0)
}

function note(
  query: string,
  count: number,
  { silent, settled }: { silent: boolean; settled: boolean },
): string {
  if (silent) return 'The server does not answer; hosts, patches and causes are those found before.'
  if (!settled) return 'Searching …'
  if (count === 0) return 'Nothing has this name.'
  return query === '' ? '' : `${count} found`
}
