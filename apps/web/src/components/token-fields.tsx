import type { Refusal } from '../api/refusal.ts'
import { tokenLives } from '../words/token-form.ts'
import { FormField } from './form-field.tsx'
import { SelectField } from './select-field.tsx'

/** What a new enrollment token is to allow; words/token-form.ts reads it. */
export function TokenFields({ refusal, name = '' }: { refusal: Refusal; name?: string }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <FormField
        name="label"
        label="Name"
        defaultValue={name}
        autoComplete="off"
        maxLength={128}
        hint="To find it again under Settings."
        error={refusal.label}
      />
      <FormField
        name="labels"
        label="Labels"
        placeholder="env=prod, team=payments"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        hint="Every host that comes with it gets them. Optional."
        error={refusal.labels}
      />
      <FormField
        name="maxUses"
        label="Hosts at most"
        inputMode="numeric"
        defaultValue="100"
        autoComplete="off"
        hint="Empty: no limit."
        error={refusal.maxUses}
      />
      <SelectField
        name="expiresInHours"
        label="Works for"
        options={tokenLives}
        defaultValue="24"
        hint="Hosts that have come stay."
      />
    </div>
  )
}
