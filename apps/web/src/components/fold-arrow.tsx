'use client' // See state-glyph.tsx: no server component ends inside an <svg>.

/** The arrow of a `<summary>`, which turns when its `group` opens. */
export function FoldArrow() {
  return (
    <svg
      viewBox="0 0 12 12"
      width="10"
      height="10"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      className="shrink-0 text-muted transition-transform group-open:rotate-90"
      aria-hidden="true"
    >
      <path d="m4 2 4 4-4 4" />
    </svg>
  )
}
