'use client'

import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from 'react'

/** A row that can be chosen. `line` tells it in a ticket. */
export type Choosable = { id: string; hostname: string; line: string }

type Selection = {
  chosen: ReadonlyMap<string, Choosable>
  /** All that match the filter, also on other pages. */
  everything: boolean
  page: readonly Choosable[]
  /** Chooses or leaves a row; `range`: with all between it and the row touched before. */
  touch: (id: string, on: boolean, range: boolean) => void
  choosePage: (on: boolean) => void
  chooseEverything: () => void
  clear: () => void
}

const SelectionContext = createContext<Selection | null>(null)

export function useSelection(): Selection {
  const selection = useContext(SelectionContext)
  if (selection === null) throw new Error('Rows are chosen inside a SelectionScope.')
  return selection
}

/** Keeps which rows are chosen, also from page to page; give it the filter as `key`, so that another filter begins with none. */
export function SelectionScope({ page, children }: { page: readonly Choosable[]; children: ReactNode }) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Choosable>>(new Map())
  const [everything, setEverything] = useState(false)
  const touched = useRef<string | null>(null)

  const selection = useMemo<Selection>(() => {
    const change = (rows: readonly Choosable[], on: boolean) => {
      setEverything(false)
      setChosen((before) => {
        const after = new Map(before)
        for (const row of rows) {
          if (on) after.set(row.id, row)
          else after.delete(row.id)
        }
        return after
      })
    }
    return {
      chosen,
      everything,
      page,
      touch: (id, on, range) => {
        const [here, there] = [id, touched.current].map((each) => page.findIndex((row) => row.id === each))
        touched.current = id
        if (here === undefined || here < 0) return
        const other = range && there !== undefined && there >= 0 ? there : here
        change(page.slice(Math.min(here, other), Math.max(here, other) + 1), on)
      },
      choosePage: (on) => change(page, on),
      chooseEverything: () => {
        change(page, true)
        setEverything(true)
      },
      clear: () => {
        setChosen(new Map())
        setEverything(false)
      },
    }
  }, [chosen, everything, page])

  return (
    <SelectionContext value={selection}>
      {children}
      <button type="button" hidden data-shortcut="x" onClick={() => boxOfFocus()?.click()}>
        Choose the row that has the focus
      </button>
    </SelectionContext>
  )
}

const boxOfFocus = () =>
  document.activeElement?.closest('tr')?.querySelector<HTMLInputElement>('input[type="checkbox"]')

const box =
  'relative grid size-6 place-items-center before:absolute before:-inset-1 max-sm:size-11 max-sm:before:hidden'

/** The box that chooses a row. With Shift, all rows from the one touched before. */
export function SelectRow({ id, hostname }: { id: string; hostname: string }) {
  const { chosen, everything, touch } = useSelection()
  return (
    <span className={box}>
      <input
        type="checkbox"
        aria-label={`Choose ${hostname}`}
        checked={everything || chosen.has(id)}
        onChange={(event) => {
          const { nativeEvent } = event
          touch(id, event.target.checked, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
        }}
        className="relative size-4 accent-(--ink)"
      />
    </span>
  )
}

/** The box that chooses every row of the page. */
export function SelectPage() {
  const { chosen, everything, page, choosePage } = useSelection()
  const count = page.filter(({ id }) => chosen.has(id)).length
  const all = everything || (page.length > 0 && count === page.length)
  return (
    <span className={box}>
      <input
        ref={(element) => {
          if (element !== null) element.indeterminate = !all && count > 0
        }}
        type="checkbox"
        aria-label="Choose all rows of this page"
        checked={all}
        onChange={(event) => choosePage(event.target.checked)}
        className="relative size-4 accent-(--ink)"
      />
    </span>
  )
}
