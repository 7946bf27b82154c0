import type { ReactNode } from 'react'

type CheckProps = { name: string; value?: string; checked: boolean; children: ReactNode }

/** One box to tick, with its words beside it. */
export function Check({ name, value, checked, children }: CheckProps) {
  return (
    <label className="flex min-h-8 items-center gap-2.5 py-1 text-13">
      <input
        type="checkbox"
        name={name}
        value={value}
        defaultChecked={checked}
        className="size-4 shrink-0 accent-(--ink)"
      />
      <span>{children}</span>
    </label>
  )
}
