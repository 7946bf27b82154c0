'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

import type { ReactNode } from 'react'

export type PageIconName =
  | 'overview'
  | 'hosts'
  | 'transitions'
  | 'blockers'
  | 'patches'
  | 'alerts'
  | 'add'
  | 'settings'
  | 'audit'
  | 'more'

/** The picture of a page in the navigation. Decoration: its name stands beside it or in its label. */
export function PageIcon({ name }: { name: PageIconName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      {drawings[name]}
    </svg>
  )
}

const drawings: Record<PageIconName, ReactNode> = {
  overview: (
    <>
      <rect x="1.7" y="2.2" width="12.6" height="4" rx="1.2" />
      <rect x="1.7" y="9.2" width="5.3" height="4.6" rx="1.2" />
      <rect x="9.5" y="9.2" width="4.8" height="4.6" rx="1.2" />
    </>
  ),
  hosts: (
    <>
      <rect x="1.7" y="2.2" width="12.6" height="5" rx="1.2" />
      <rect x="1.7" y="8.8" width="12.6" height="5" rx="1.2" />
      <path d="M4.4 4.7h.01M4.4 11.3h.01M7 4.7h4.6M7 11.3h4.6" />
    </>
  ),
  transitions: <path d="M1.8 5h10.6M9.6 2.2 12.4 5 9.6 7.8M14.2 11H3.6M6.4 8.2 3.6 11l2.8 2.8" />,
  blockers: (
    <>
      <circle cx="8" cy="8" r="5.9" />
      <path d="M4.7 8h6.6" strokeWidth="1.8" />
    </>
  ),
  patches: (
    <>
      <path d="M8 1.9 14.3 5 8 8.1 1.7 5Z" />
      <path d="m1.7 8 6.3 3.1L14.3 8M1.7 11l6.3 3.1 6.3-3.1" />
    </>
  ),
  alerts: (
    <>
      <path d="M2.6 11.6c1-.9 1.5-1.9 1.5-4.3a3.9 3.9 0 0 1 7.8 0c0 2.4.5 3.4 1.5 4.3Z" />
      <path d="M6.6 13.9h2.8" />
    </>
  ),
  add: (
    <>
      <rect x="1.7" y="2.2" width="12.6" height="5" rx="1.2" />
      <path d="M4.4 4.7h.01M4.8 9v5M2.3 11.5h5M10 11.5h4.3" />
    </>
  ),
  settings: (
    <>
      <path d="M1.8 4.6h5.4M11.2 4.6h3M1.8 11.4h3M8.8 11.4h5.4" />
      <circle cx="9.2" cy="4.6" r="2" />
      <circle cx="6.8" cy="11.4" r="2" />
    </>
  ),
  audit: (
    <>
      <rect x="2.7" y="1.7" width="10.6" height="12.6" rx="1.4" />
      <path d="M5.4 5.2h5.2M5.4 8h5.2M5.4 10.8h3" />
    </>
  ),
  more: <path d="M3 8h.01M8 8h.01M13 8h.01" strokeWidth="2.4" />,
}
