import type { TextareaHTMLAttributes } from 'react'

type TextFieldProps = TextareaHTMLAttributes<HTMLTextAreaElement> & {
  name: string
  label: string
  hint?: string
  error?: string | undefined
}

/** A labelled text of several lines, as form-field.tsx is one of a single line. */
export function TextField({ name, label, hint, error, id = name, className = '', ...area }: TextFieldProps) {
  const describedBy = [error === undefined ? '' : `${id}-error`, hint === undefined ? '' : `${id}-hint`]
    .filter(Boolean)
    .join(' ')
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <textarea
        {...area}
        id={id}
        name={name}
        className={`field ${className}`}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={describedBy === '' ? undefined : describedBy}
      />
      {error !== undefined && (
        <p id={`${id}-error`} className="text-13 wrap-anywhere whitespace-pre-wrap text-stuck-text">
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
