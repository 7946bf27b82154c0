'use client'

import type { HostState } from '@graftwatch/contract/vocabulary'

/*
 * Pictures are client components although they do nothing in the browser. A server component arrives in pieces, and where a piece ends
 * inside an <svg>, React holds its place with a style attribute, which the content security policy refuses.
 */

/**
 * The state's glyph as a drawing, since fonts differ in which of ◆ ✕ ↶ ○ ? ⌁ ◐ ∅ ◌ ● they have. Decoration: the word stands beside
 * it. Takes the colour of its text.
 */
export function StateGlyph({ state, size = 12 }: { state: HostState; size?: number }) {
  return (
    <svg
      viewBox="0 0 12 12"
      width={size}
      height={size}
      className="shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {drawings[state]}
    </svg>
  )
}

const drawings: Record<HostState, React.ReactNode> = {
  stuck: <path d="M6 .8 11.2 6 6 11.2.8 6Z" fill="currentColor" stroke="none" />,
  failed: <path d="m2.2 2.2 7.6 7.6m0-7.6-7.6 7.6" strokeWidth="2" />,
  reverting: <path d="M4.2 1.6 1.8 4l2.4 2.4M2 4h5a3.1 3.1 0 1 1 0 6.2H4.6" />,
  unpatched: <circle cx="6" cy="6" r="4.3" />,
  unknown: (
    <>
      <path d="M3.9 4.1a2.2 2.2 0 1 1 3.2 2.1C6.3 6.6 6 7 6 7.7" />
      <circle cx="6" cy="10.2" r="1" fill="currentColor" stroke="none" />
    </>
  ),
  silent: <circle cx="6" cy="6" r="4.3" strokeDasharray="2.6 1.9" strokeLinecap="butt" />,
  transitioning: (
    <>
      <circle cx="6" cy="6" r="4.6" strokeWidth="1.3" />
      <path d="M6 1.400a4.6 4.6 0 0 1 0 9.200Z" fill="currentColor" stroke="none" />
    </>
  ),
  unsupported: (
    <>
      <circle cx="6" cy="6" r="4.3" strokeWidth="1.3" />
      <path d="m2.4 9.6 7.2-7.2" strokeWidth="1.3" />
    </>
  ),
  notDue: <circle cx="6" cy="6" r="4.3" strokeDasharray=".1 2.35" strokeWidth="1.5" />,
  migrated: <circle cx="6" cy="6" r="4" fill="currentColor" stroke="none" />,
}
