/** The mark that somebody asked for this stall: no host is stuck. */
export function DrillMark() {
  return (
    <span className="shrink-0 rounded border border-dashed border-control px-1 text-12 leading-4 text-muted">
      drill
    </span>
  )
}
