'use client'

import Link from 'next/link'
import { useRef, useState } from 'react'
import { signOut } from '../../api/sign-out.ts'
import type { Viewer } from '../../api/types.ts'

/** Who is signed in, and the way out. A native popover: it opens, closes and returns focus without our help. */
export function AccountMenu({ viewer }: { viewer: Viewer }) {
  const menu = useRef<HTMLDivElement>(null)
  const [problem, setProblem] = useState<string | null>(null)

  async function leave() {
    const failed = await signOut()
    if (failed !== null) setProblem(`${failed.detail} ${failed.remedy}`)
  }

  return (
    <>
      <button
        type="button"
        popoverTarget="account-menu"
        aria-label={`Account of ${viewer.email}`}
        className="grid size-8 place-items-center rounded-full border border-line bg-surface text-12 font-semibold uppercase hover:border-control relative before:absolute before:-inset-1.5"
      >
        {[...(viewer.name || viewer.email || '?')][0]}
      </button>
      <div
        ref={menu}
        id="account-menu"
        popover="auto"
        className="fixed inset-auto top-12 right-4 m-0 w-64 rounded-panel border border-line bg-raised p-4 text-ink shadow-(--float)"
      >
        <p className="truncate font-medium">{viewer.name}</p>
        <p className="truncate text-13 text-muted">{viewer.email}</p>
        <p className="mt-1 text-13 text-muted">Role: {viewer.role}</p>
        <Link
          href="/account"
          prefetch={false}
          className="button mt-3 w-full"
          onClick={() => menu.current?.hidePopover()}
        >
          Your account
        </Link>
        <button type="button" className="button mt-2 w-full" onClick={leave}>
          Sign out
        </button>
        {problem !== null && (
          <p role="alert" className="mt-2 text-12 text-stuck-text">
            {problem}
          </p>
        )}
      </div>
    </>
  )
}
