import type { SelectHTMLAttributes } from 'react'

type SelectFieldProps = SelectHTMLAttributes<HTMLSelectElement> & {
  name: string
  label: string
  hint?: string
  options: readonly (readonly [value: string, word: string])[]
}

/** A labelled choice, as form-field.tsx is a labelled input. */
export function SelectField({ name, label, hint, options, id = name, ...select }: SelectFieldProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      <select
        {...select}
        id={id}
        name={name}
        className="field"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        {options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-12 text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}
