'use client'

import { type ReactNode, useEffect, useRef } from 'react'

type MenuProps = {
  label: ReactNode
  title?: string
  /** Whether it stands out: what it says is not as usual. */
  emphasis?: boolean
  /** The key that presses the first of its links, as in shortcut-keys.ts. */
  shortcut?: string
  children: ReactNode
}

/** A button that unfolds something under it. Works before any script; with it, Escape and a click elsewhere fold it. */
export function Menu({ label, title, emphasis = false, shortcut, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null)

  useEffect(() => {
    const off = new AbortController()
    const fold = (event: Event) => {
      const element = menu.current
      if (!element?.open) return
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return
        element.querySelector('summary')?.focus()
      } else if (event.target instanceof Node && element.contains(event.target)) return
      element.open = false
    }
    document.addEventListener('pointerdown', fold, { signal: off.signal })
    document.addEventListener('keydown', fold, { signal: off.signal })
    return () => off.abort()
  }, [])

  return (
    <details ref={menu} data-shortcut={shortcut} className="relative">
      <summary
        title={title}
        data-kind={emphasis ? 'primary' : undefined}
        className="button list-none max-sm:min-h-11 [&::-webkit-details-marker]:hidden"
      >
        {label} <span aria-hidden="true">▾</span>
      </summary>
      <div className="absolute top-full right-0 z-10 mt-1 w-56 rounded-panel border border-line bg-raised p-2 text-13 shadow-(--float) max-sm:right-auto max-sm:left-0">
        {children}
      </div>
    </details>
  )
}
