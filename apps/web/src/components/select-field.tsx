import type { SelectHTMLAttributes } from 'react'
import { FieldFrame } from './field-frame.tsx'

type SelectFieldProps = SelectHTMLAttributes<HTMLSelectElement> & {
  name: string
  label: string
  hint?: string
  options: readonly (readonly [value: string, word: string])[]
}

/** A labelled choice, as form-field.tsx is a labelled input. */
export const SelectField = ({ name, label, hint, options, id = name, ...select }: SelectFieldProps) => (
  <FieldFrame id={id} label={label} hint={hint}>
    {(aria) => (
      <select {...select} {...aria} name={name} className="field">
        {options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    )}
  </FieldFrame>
)
