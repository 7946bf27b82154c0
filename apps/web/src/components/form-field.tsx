import type { InputHTMLAttributes } from 'react'
import type { Refusal } from '../api/refusal.ts'
import { FieldFrame } from './field-frame.tsx'

type FormFieldProps = InputHTMLAttributes<HTMLInputElement> & {
  name: string
  label: string
  hint?: string
  error?: string | undefined
}

/** A labelled input; its error and its hint are read with it. `id` where a page has two fields of one name. */
export const FormField = ({ name, label, hint, error, id = name, ...input }: FormFieldProps) => (
  <FieldFrame id={id} label={label} hint={hint} error={error}>
    {(aria) => <input {...input} {...aria} name={name} className="field" />}
  </FieldFrame>
)

/** Puts the focus into the first of these fields that the form has, with its text selected, so that typing replaces it. False where it has none. */
export function focusFirst(elements: HTMLFormControlsCollection, names: readonly string[]): boolean {
  const fields = names.map((name) => elements.namedItem(name))
  const field = fields.find((each) => each instanceof HTMLInputElement || each instanceof HTMLTextAreaElement)
  field?.focus()
  field?.select()
  return field !== undefined
}

/** {@link focusFirst} of what was refused. Returns what to show: what stands at a field is not said above it, too. */
export const focusRefused = (elements: HTMLFormControlsCollection, refused: Refusal): Refusal =>
  focusFirst(elements, Object.keys(refused)) ? { ...refused, form: undefined } : refused
