import Link from 'next/link'

export const metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[72ch] flex-col items-start justify-center gap-3 p-6">
      <h1 className="text-20">There is no such page</h1>
      <p className="text-muted">The address may be mistyped, or the host it named has been removed.</p>
      <Link className="button" href="/" prefetch={false}>
        Open the overview
      </Link>
    </main>
  )
}
