'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

/** Graftwatch's mark: tasks crossing from the original lane to the patched one. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" className="shrink-0">
      <g fill="none" stroke="currentColor" strokeWidth="1.4">
        <rect x="2.2" y="2.2" width="5.6" height="3.6" rx="1" />
        <rect x="2.2" y="14.2" width="5.6" height="3.6" rx="1" />
      </g>
      <g fill="currentColor">
        <rect x="11.5" y="1.5" width="7" height="5" rx="1.4" />
        <rect x="6.5" y="7.5" width="7" height="5" rx="1.4" />
        <rect x="11.5" y="13.5" width="7" height="5" rx="1.4" />
      </g>
    </svg>
  )
}
