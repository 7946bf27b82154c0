import Link from 'next/link'
import { Mark } from '../components/shell/mark.tsx'

export const metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-12 shrink-0 items-center border-b border-line px-4 sm:px-6">
        <Link
          href="/"
          prefetch={false}
          aria-label="Graftwatch, overview"
          className="flex min-h-11 items-center gap-2 font-semibold"
        >
          <Mark size={18} /> Graftwatch
        </Link>
      </header>
      <main className="mx-auto flex w-full max-w-[1280px] flex-1 flex-col items-start gap-3 px-4 py-12 sm:px-6">
        <h1 className="text-20">There is no such page</h1>
        <p className="max-w-[72ch] text-muted">
          The address may be mistyped, or what it named has been removed.
        </p>
        <Link className="button" href="/" prefetch={false}>
          Open the overview
        </Link>
      </main>
    </div>
  )
}
