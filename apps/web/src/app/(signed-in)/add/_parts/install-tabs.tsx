'use client'

import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { type InstallForm, installForms, installFormWords } from '../../../../words/install-forms.ts'

type InstallTabsProps = {
  form: InstallForm
  onForm: (form: InstallForm) => void
  /** Something else stands above. */
  apart: boolean
  children: ReactNode
}

/** The ways in, one of them open. One stop for Tab; arrows move between them and show each. */
export function InstallTabs({ form, onForm, apart, children }: InstallTabsProps) {
  const tabs = useRef<Partial<Record<InstallForm, HTMLButtonElement | null>>>({})

  function move(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = installForms.at((installForms.indexOf(form) + step) % installForms.length) ?? form
    onForm(next)
    tabs.current[next]?.focus()
  }

  return (
    <>
      <div
        role="tablist"
        aria-label="Ways to install"
        className={`flex flex-wrap gap-x-1 border-b border-line px-3 ${apart ? 'border-t' : ''}`}
      >
        {installForms.map((each) => (
          <button
            key={each}
            ref={(button) => {
              tabs.current[each] = button
            }}
            type="button"
            role="tab"
            id={`tab-${each}`}
            aria-selected={each === form}
            aria-controls="install-panel"
            tabIndex={each === form ? 0 : -1}
            onClick={() => onForm(each)}
            onKeyDown={move}
            className="-mb-px min-h-10 border-b-2 border-transparent px-2.5 text-13 font-medium text-muted hover:text-ink aria-selected:border-ink aria-selected:text-ink max-sm:min-h-11"
          >
            {installFormWords[each]}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id="install-panel"
        aria-labelledby={`tab-${form}`}
        className="flex flex-col gap-3 p-4"
      >
        {children}
      </div>
    </>
  )
}
