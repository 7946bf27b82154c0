'use client'

/** For faults of the dashboard itself; an API that does not answer is shown by the page (problem-panel.tsx). */
export default function PageError({
  error,
  retry,
}: {
  error: Error & { digest?: string }
  retry: () => void
}) {
  return (
    <div role="alert" className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">This page could not be drawn</h1>
      <p className="max-w-[72ch] text-muted">
        Something in the dashboard failed, not on your hosts. Try again; if it stays, the dashboard’s log has
        the cause
        {error.digest === undefined ? '' : ` under ${error.digest}`}.
      </p>
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}
