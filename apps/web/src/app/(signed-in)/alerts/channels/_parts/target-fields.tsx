import type { Refusal } from '../../../../../api/refusal.ts'
import type { ChannelTarget, WriteChannel } from '../../../../../api/types.ts'
import { FormField } from '../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../components/select-field.tsx'

const asCode = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const
const securities = [
  ['starttls', 'STARTTLS; refuses to send in clear'],
  ['tls', 'TLS from the first byte'],
  ['none', 'none, for a relay on this host'],
] as const

type FieldsProps<Target> = { target: Target; hasSecret: boolean; refusal: Refusal }
type Of<Type extends ChannelTarget['type']> = FieldsProps<Extract<ChannelTarget, { type: Type }>>

/** Where it leads; words/channel-form.ts reads them. */
export function TargetFields({
  channel: { name, target },
  ...rest
}: Omit<FieldsProps<never>, 'target'> & { channel: WriteChannel }) {
  return (
    <>
      <FormField
        {...asCode}
        name="name"
        label="Name"
        defaultValue={name}
        maxLength={64}
        error={rest.refusal.name}
      />
      {target.type === 'webhook' && <Webhook target={target} {...rest} />}
      {target.type === 'slack' && <Slack target={target} {...rest} />}
      {target.type === 'email' && <Email target={target} {...rest} />}
      {target.type === 'pagerduty' && <PagerDuty target={target} {...rest} />}
      {target.type === 'alertmanager' && <Alertmanager target={target} {...rest} />}
    </>
  )
}

type SecretProps = { name: string; label: string; hint?: string; hasSecret: boolean; refusal: Refusal }

/** A field for what is written and never shown again. */
function Secret({ name, label, hint, hasSecret, refusal }: SecretProps) {
  const said = hasSecret ? 'It has one. Empty: that stays.' : hint
  return (
    <FormField
      {...asCode}
      name={name}
      label={label}
      type="password"
      autoComplete="new-password"
      error={refusal[name]}
      {...(said !== undefined && { hint: said })}
    />
  )
}

function Address({
  value,
  label,
  example,
  refusal,
}: {
  value: string
  label: string
  example: string
  refusal: Refusal
}) {
  return (
    <FormField
      {...asCode}
      name="url"
      type="url"
      label={label}
      placeholder={example}
      defaultValue={value}
      maxLength={2000}
      error={refusal.url}
    />
  )
}

function Webhook({ target, hasSecret, refusal }: Of<'webhook'>) {
  return (
    <>
      <Address
        value={target.url}
        label="Address"
        example="https://hooks.example.com/graftwatch"
        refusal={refusal}
      />
      <Secret
        name="secret"
        label="Signing secret"
        hint="Optional: whsec_ and base64. Empty: one is made, and shown once."
        hasSecret={hasSecret}
        refusal={refusal}
      />
    </>
  )
}

function Slack({ hasSecret, refusal }: Of<'slack'>) {
  return (
    <Secret
      name="url"
      label="Address of the incoming webhook"
      hint="https://hooks.slack.com/services/…; whoever has it can write there, so it is kept as a secret."
      hasSecret={hasSecret}
      refusal={refusal}
    />
  )
}

function Email({ target, hasSecret, refusal }: Of<'email'>) {
  return (
    <>
      <FormField
        {...asCode}
        name="to"
        label="To"
        placeholder="oncall@example.com, platform@example.com"
        defaultValue={target.to.join(', ')}
        hint="At most 20 addresses."
        error={refusal.to}
      />
      <FormField
        {...asCode}
        name="from"
        type="email"
        label="From"
        placeholder="graftwatch@example.com"
        defaultValue={target.from}
        error={refusal.from}
      />
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_7rem]">
        <FormField
          {...asCode}
          name="host"
          label="Mail server"
          placeholder="smtp.example.com"
          defaultValue={target.host}
          error={refusal.host}
        />
        <FormField
          {...asCode}
          name="port"
          label="Port"
          inputMode="numeric"
          defaultValue={String(target.port)}
          error={refusal.port}
        />
      </div>
      <SelectField name="security" label="Encryption" options={securities} defaultValue={target.security} />
      <SignIn user={target.user} hasSecret={hasSecret} refusal={refusal} />
    </>
  )
}

function PagerDuty({ target, hasSecret, refusal }: Of<'pagerduty'>) {
  return (
    <>
      <Secret
        name="routingKey"
        label="Integration key"
        hint="The 32 characters of an Events API v2 integration."
        hasSecret={hasSecret}
        refusal={refusal}
      />
      <Address
        value={target.url}
        label="Address"
        example="https://events.pagerduty.com/v2/enqueue"
        refusal={refusal}
      />
    </>
  )
}

function Alertmanager({ target, hasSecret, refusal }: Of<'alertmanager'>) {
  return (
    <>
      <Address
        value={target.url}
        label="Address of the server"
        example="https://alertmanager.example.com"
        refusal={refusal}
      />
      <SignIn user={target.user} hasSecret={hasSecret} refusal={refusal} />
    </>
  )
}

function SignIn({ user, hasSecret, refusal }: { user: string | null; hasSecret: boolean; refusal: Refusal }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <FormField
        {...asCode}
        name="user"
        label="User"
        defaultValue={user ?? ''}
        maxLength={254}
        hint="Empty: none."
        error={refusal.user}
      />
      <Secret name="password" label="Password" hasSecret={hasSecret} refusal={refusal} />
    </div>
  )
}
