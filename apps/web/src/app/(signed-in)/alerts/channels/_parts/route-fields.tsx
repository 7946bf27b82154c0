import { alertSeverities, type ChannelType } from '@graftwatch/contract/alert-vocabulary'
import type { Refusal } from '../../../../../api/refusal.ts'
import type { WriteChannel } from '../../../../../api/types.ts'
import { Check } from '../../../../../components/check.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { severityWords } from '../../../../../words/alerts.ts'
import { spanText } from '../../../../../words/span.ts'

/** A beat is for a program to miss; nobody reads it. */
const beats: readonly ChannelType[] = ['webhook', 'alertmanager', 'email']

/** Which alerts go there, and what else. */
export function RouteFields({ channel, refusal }: { channel: WriteChannel; refusal: Refusal }) {
  return (
    <>
      <fieldset aria-describedby={refusal.severities === undefined ? undefined : 'severities-error'}>
        <legend className="mb-1 text-13 font-medium">Gets alerts of severity</legend>
        {alertSeverities.map((severity) => (
          <Check
            key={severity}
            name="severities"
            value={severity}
            checked={channel.severities.includes(severity)}
          >
            {severityWords[severity].word}{' '}
            <span className="text-muted">
              {severity === 'show' ? 'otherwise on the pages alone' : severityWords[severity].means}
            </span>
          </Check>
        ))}
        {refusal.severities !== undefined && (
          <p id="severities-error" className="text-13 text-stuck-text">
            {refusal.severities}
          </p>
        )}
      </fieldset>
      <FormField
        name="selector"
        label="Only with labels"
        placeholder="team=payments"
        defaultValue={channel.selector}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={2000}
        hint="A label selector on the alert: alertname, severity, condition, and what its rule groups by. Empty: all."
        error={refusal.selector}
      />
      {beats.includes(channel.target.type) && (
        <FormField
          name="heartbeatSeconds"
          label="Heartbeat every"
          placeholder="1m"
          defaultValue={channel.heartbeatSeconds === null ? '' : spanText(channel.heartbeatSeconds)}
          autoComplete="off"
          hint="A dead-man’s switch: when it stops coming, nobody is watching. Empty: none."
          error={refusal.heartbeatSeconds}
        />
      )}
      <div>
        <Check name="enabled" checked={channel.enabled}>
          On
        </Check>
        <Check name="sendResolved" checked={channel.sendResolved}>
          Also say when an alert has ended
        </Check>
        <Check name="allowPrivate" checked={channel.allowPrivate}>
          The address may be private, loopback or link-local
        </Check>
        {refusal.allowPrivate !== undefined && (
          <p className="text-13 text-stuck-text">{refusal.allowPrivate}</p>
        )}
      </div>
    </>
  )
}
