/** A place kept for what is still loading. The parent's `skeleton` class shows it only after 150 ms, so quick pages do not blink. */
export function SkeletonBlock({ className }: { className: string }) {
  return <div className={`rounded-panel bg-surface ${className}`} />
}
