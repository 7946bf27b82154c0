'use client'

/** The last resort, when even the layout failed: it has no styles but the browser's. */
export default function GlobalError({ retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>Graftwatch could not draw this page</h1>
          <p>Try again; if it stays, the dashboard’s log has the cause.</p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </main>
      </body>
    </html>
  )
}
