'use client'

import { type KeyboardEvent, useRef } from 'react'
import type { NewEnrollmentToken } from '../../../../api/types.ts'
import { After } from '../../../../components/clock.tsx'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { WithCommands } from '../../../../components/text.tsx'
import { utcInstant } from '../../../../words/duration.ts'
import {
  type InstallForm,
  installFormHints,
  installForms,
  installFormWords,
  installText,
  isLoopback,
} from '../../../../words/install-forms.ts'
import { labelsText } from '../../../../words/labels-text.ts'
import { counted } from '../../../../words/numbers.ts'

type InstallBlockProps = {
  url: string
  made: NewEnrollmentToken
  form: InstallForm
  onForm: (form: InstallForm) => void
  allowHttp: boolean
}

/** The line in the form that was chosen, and what its token allows. */
export function InstallBlock({ url, made, form, onForm, allowHttp }: InstallBlockProps) {
  const text = installText(form, { url, token: made.token, allowHttp })
  return (
    <div>
      <Tabs form={form} onForm={onForm} />
      <div
        role="tabpanel"
        id="install-panel"
        aria-labelledby={`tab-${form}`}
        className="flex flex-col gap-3 p-4"
      >
        <p className="max-w-[72ch] text-13 text-muted">
          <WithCommands>{installFormHints[form]}</WithCommands>
        </p>
        <div className="flex items-start gap-2 max-sm:flex-col">
          <Block form={form} text={text} />
          <CopyButton text={text} label="Copy" what={`for ${installFormWords[form]}`} />
        </div>
        {isLoopback(url) && (
          <p className="max-w-[72ch] text-13">
            <strong className="font-medium">{new URL(url).hostname} is each host itself,</strong> so this
            works on this machine only. For others open the dashboard at an address that they can reach.
          </p>
        )}
        <p className="max-w-[72ch] text-13 text-muted">
          The token in it is shown this once. It lets in{' '}
          {made.maxUses === null ? 'any number of hosts' : `at most ${counted(made.maxUses, 'host')}`} until{' '}
          {utcInstant(made.expiresAt, Date.parse(made.createdAt))}
          {Object.keys(made.labels).length > 0 && (
            <>
              , each with <span className="mono">{labelsText(made.labels)}</span>
            </>
          )}
          .
        </p>
        <After at={made.expiresAt} seconds={0}>
          <p role="alert" className="text-13 text-stuck-text">
            This token has expired. Make another line.
          </p>
        </After>
      </div>
    </div>
  )
}

const blockClass =
  'mono block min-w-0 flex-1 rounded-control border border-line bg-surface p-3 text-13 max-sm:w-full'

/** One line wraps; what has many keeps them, and scrolls, which a field does for the keyboard too. */
function Block({ form, text }: { form: InstallForm; text: string }) {
  if (form === 'shell') {
    return <pre className={`${blockClass} wrap-anywhere whitespace-pre-wrap`}>{text}</pre>
  }
  return (
    <textarea
      readOnly
      value={text}
      rows={Math.min(22, text.split('\n').length)}
      wrap="off"
      spellCheck={false}
      autoComplete="off"
      aria-label={`What to paste: ${installFormWords[form]}`}
      className={`${blockClass} resize-y`}
    />
  )
}

/** One stop for Tab; arrows move between the forms and show each. */
function Tabs({ form, onForm }: Pick<InstallBlockProps, 'form' | 'onForm'>) {
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
    <div
      role="tablist"
      aria-label="Ways to install"
      className="flex flex-wrap gap-x-1 border-b border-line px-3"
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
  )
}
