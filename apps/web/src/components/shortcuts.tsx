'use client'

import { useRouter } from 'next/navigation'
import { type ComponentProps, type ComponentType, useEffect, useRef, useState } from 'react'
import type { Viewer } from '../api/types.ts'
import type { Palette } from './palette/palette.tsx'
import { pagesFor } from './shell/pages.ts'
import { isTyping, leave, pressKey } from './shortcut-keys.ts'
import type { ShortcutsSheet } from './shortcuts-sheet.tsx'
import { singleKeysOn } from './single-keys.ts'

/** How long `g` waits for the letter of a page. */
const goMs = 1500

const loadPalette = () => import('./palette/palette.tsx').then((loaded) => loaded.Palette)
const loadSheet = () => import('./shortcuts-sheet.tsx').then((loaded) => loaded.ShortcutsSheet)

type Loaded = {
  palette?: ComponentType<ComponentProps<typeof Palette>>
  sheet?: ComponentType<ComponentProps<typeof ShortcutsSheet>>
}

/**
 * The keys of every page, and the button for the command palette. Palette and sheet are loaded when they are first asked for, so that
 * a page costs nothing for them.
 */
export function Shortcuts({ viewer }: { viewer: Viewer }) {
  const router = useRouter()
  const [open, setOpen] = useState<'palette' | 'sheet' | null>(null)
  const [loaded, setLoaded] = useState<Loaded>({})
  const goUntil = useRef(0)

  const openPalette = async () => {
    const palette = await loadPalette()
    setLoaded((before) => ({ ...before, palette }))
    setOpen('palette')
  }
  const openSheet = async () => {
    const sheet = await loadSheet()
    setLoaded((before) => ({ ...before, sheet }))
    setOpen('sheet')
  }
  const keys = useRef<(event: KeyboardEvent) => void>(() => {})
  keys.current = (event) => {
    if (event.defaultPrevented || event.isComposing) return
    if (
      event.key.toLowerCase() === 'k' &&
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey
    ) {
      event.preventDefault()
      if (open === null) void openPalette()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') {
      if (document.querySelector('dialog[open]') === null) leave()
      return
    }
    if (isTyping(event.target) || !singleKeysOn() || event.key.length !== 1) return
    if (event.timeStamp < goUntil.current) {
      goUntil.current = 0
      event.preventDefault()
      const page = pagesFor(viewer.permissions).find(({ letter }) => letter === event.key)
      if (page !== undefined) router.push(page.href)
    } else if (event.key === 'g') {
      goUntil.current = event.timeStamp + goMs
    } else if (event.key === '?') {
      void openSheet()
    } else if (pressKey(event.key)) {
      event.preventDefault()
    }
  }

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => keys.current(event)
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])

  return (
    <>
      <button
        type="button"
        onClick={() => void openPalette()}
        onPointerEnter={() => void loadPalette()}
        onFocus={() => void loadPalette()}
        aria-keyshortcuts="Control+K Meta+K"
        title="Search and commands (Ctrl K or ⌘ K)"
        className="flex min-h-8 items-center gap-2 rounded-control border border-line px-2.5 text-13 text-muted hover:border-control hover:text-ink max-sm:size-11 max-sm:justify-center max-sm:border-transparent max-sm:px-0"
      >
        <SearchIcon />
        <span className="max-sm:sr-only">Search</span>
        <span aria-hidden="true" className="mono text-12 max-sm:hidden">
          Ctrl K
        </span>
      </button>
      {open === 'palette' && loaded.palette !== undefined && (
        <loaded.palette viewer={viewer} onClose={() => setOpen(null)} onShortcuts={() => void openSheet()} />
      )}
      {open === 'sheet' && loaded.sheet !== undefined && (
        <loaded.sheet viewer={viewer} onClose={() => setOpen(null)} />
      )}
    </>
  )
}

function SearchIcon() {
  return (
    <svg
      viewBox="0 0 16 16"
      width="14"
      height="14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <circle cx="7" cy="7" r="4.5" />
      <path d="m10.5 10.5 3.5 3.5" />
    </svg>
  )
}
