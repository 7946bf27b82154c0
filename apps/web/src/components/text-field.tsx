import type { TextareaHTMLAttributes } from 'react'
import { FieldFrame } from './field-frame.tsx'

type TextFieldProps = TextareaHTMLAttributes<HTMLTextAreaElement> & {
  name: string
  label: string
  hint?: string
  error?: string | undefined
}

/** A labelled text of several lines, as form-field.tsx is one of a single line. */
export const TextField = ({
  name,
  label,
  hint,
  error,
  id = name,
  className = '',
  ...area
}: TextFieldProps) => (
  <FieldFrame id={id} label={label} hint={hint} error={error}>
    {(aria) => <textarea {...area} {...aria} name={name} className={`field ${className}`} />}
  </FieldFrame>
)
