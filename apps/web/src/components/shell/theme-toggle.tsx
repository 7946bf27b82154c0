'use client'

import { useSyncExternalStore } from 'react'
import { chooseTheme, onTheme, readTheme, type Theme } from './theme.ts'

const words: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' }

/**
 * Steps from the system's theme to the opposite of it, which shows at once, then to the same, then back. The server knows the choice from
 * the next request on.
 */
export function ThemeToggle({ initial }: { initial: Theme }) {
  const theme = useSyncExternalStore(
    onTheme,
    () => readTheme(document.documentElement.dataset.theme),
    () => initial,
  )

  function step() {
    const isDark = window.matchMedia('(prefers-color-scheme: dark)').matches
    const steps: readonly Theme[] = isDark ? ['system', 'light', 'dark'] : ['system', 'dark', 'light']
    chooseTheme(steps[(steps.indexOf(theme) + 1) % steps.length] ?? 'system')
  }

  return (
    <button
      type="button"
      onClick={step}
      className="grid size-8 place-items-center rounded-control text-muted hover:bg-surface hover:text-ink max-sm:size-11"
      aria-label={`Theme: ${words[theme]}`}
      title={`Theme: ${words[theme]}`}
    >
      <svg
        viewBox="0 0 16 16"
        width="16"
        height="16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        aria-hidden="true"
      >
        {theme === 'dark' && (
          <path d="M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6Z" strokeLinejoin="round" />
        )}
        {theme === 'light' && (
          <>
            <circle cx="8" cy="8" r="2.8" />
            <path
              d="M8 1.5v1.7M8 12.8v1.7M1.5 8h1.7M12.8 8h1.7M3.4 3.4l1.2 1.2M11.4 11.4l1.2 1.2M3.4 12.6l1.2-1.2M11.4 4.6l1.2-1.2"
              strokeLinecap="round"
            />
          </>
        )}
        {theme === 'system' && (
          <>
            <circle cx="8" cy="8" r="5.5" />
            <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" stroke="none" />
          </>
        )}
      </svg>
    </button>
  )
}
