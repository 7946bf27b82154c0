import type { ReactNode } from 'react'
import { Mark } from '../../components/shell/mark.tsx'

/** The two pages before there is a session. */
export default function EntryLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-dvh place-items-center bg-surface px-4 py-12">
      <main className="w-full max-w-96">
        <p className="mb-6 flex items-center justify-center gap-2.5 text-16 font-semibold">
          <Mark size={22} /> Graftwatch
        </p>
        <div className="panel p-6 max-sm:p-5">{children}</div>
      </main>
    </div>
  )
}
