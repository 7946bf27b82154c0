import type { InputHTMLAttributes } from 'react'

type FormFieldProps = InputHTMLAttributes<HTMLInputElement> & {
  name: string
  label: string
  hint?: string
  error?: string | undefined
}

/** A labelled input; its error and its hint are read with it. `id` where a page has two fields of one name. */
export function FormField({ name, label, hint, error, id = name, ...input }: FormFieldProps) {
  const describedBy = [error === undefined ? '' : `${id}-error`, hint === undefined ? '' : `${id}-hint`]
    .filter(Boolean)
    .join(' ')
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        name={name}
        className="field"
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={describedBy === '' ? undefined : describedBy}
      />
      {error !== undefined && (
        <p id={`${id}-error`} className="text-13 text-stuck-text">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-12 text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}

/** Puts the focus into the first of these fields that the form has, with its text selected, so that typing replaces it. */
export function focusFirst(elements: HTMLFormControlsCollection, names: readonly string[]): void {
  const fields = names.map((name) => elements.namedItem(name))
  const field = fields.find((each) => each instanceof HTMLInputElement || each instanceof HTMLTextAreaElement)
  field?.focus()
  field?.select()
}
