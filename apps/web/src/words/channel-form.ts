import { alertSeverities, type ChannelType } from '@graftwatch/contract/alert-vocabulary'
import type { Refusal } from '../api/refusal.ts'
import type { Channel, WriteChannel } from '../api/types.ts'
import { parseSpan } from './span.ts'

type Target = WriteChannel['target']
type Text = (name: string) => string

/** A secret that is not typed stays as it is. */
const secretOf = <Name extends string>(name: Name, text: Text): { [Key in Name]?: string } =>
  (text(name) === '' ? {} : { [name]: text(name) }) as { [Key in Name]?: string }

const targets: { [Type in ChannelType]: (text: Text) => Extract<Target, { type: Type }> } = {
  webhook: (text) => ({ type: 'webhook', url: text('url'), ...secretOf('secret', text) }),
  slack: (text) => ({ type: 'slack', ...secretOf('url', text) }),
  email: (text) => ({
    type: 'email',
    host: text('host'),
    port: Number(text('port')),
    security: (['tls', 'starttls', 'none'] as const).find((each) => each === text('security')) ?? 'starttls',
    user: text('user') || null,
    ...secretOf('password', text),
    from: text('from'),
    to: text('to')
      .split(/[\s,;]+/)
      .filter(Boolean),
  }),
  pagerduty: (text) => ({ type: 'pagerduty', ...secretOf('routingKey', text), url: text('url') }),
  alertmanager: (text) => ({
    type: 'alertmanager',
    url: text('url'),
    user: text('user') || null,
    ...secretOf('password', text),
  }),
}

/** The channel that the form asks for, or what of it cannot be read. The server judges the rest. */
export function readChannelForm(
  type: ChannelType,
  form: FormData,
): { channel: WriteChannel } | { refusal: Refusal } {
  const text: Text = (name) => String(form.get(name) ?? '').trim()
  const severities = alertSeverities.filter((each) => form.getAll('severities').includes(each))
  const heartbeat = text('heartbeatSeconds') === '' ? undefined : parseSpan(text('heartbeatSeconds'))
  const refusal: Record<string, string> = {}
  if (text('name') === '') refusal.name = 'Give it a name, such as on-call.'
  if (severities.length === 0) refusal.severities = 'Choose at least one, or nothing is sent there.'
  if (heartbeat === null) refusal.heartbeatSeconds = 'Write a span such as 1m or 5m, or leave it empty.'
  if (type === 'email' && !/^\d{1,5}$/.test(text('port'))) refusal.port = 'Enter a port, such as 587.'
  if (heartbeat === null || Object.keys(refusal).length > 0) return { refusal }
  return {
    channel: {
      name: text('name'),
      enabled: form.get('enabled') !== null,
      severities,
      selector: text('selector'),
      allowPrivate: form.get('allowPrivate') !== null,
      sendResolved: form.get('sendResolved') !== null,
      heartbeatSeconds: heartbeat ?? null,
      target: targets[type](text),
    },
  }
}

const empty = {
  name: '',
  enabled: true,
  severities: ['page', 'ticket'],
  selector: '',
  allowPrivate: false,
  sendResolved: true,
  heartbeatSeconds: null,
} satisfies Omit<WriteChannel, 'target'>

const emptyTargets: { [Type in ChannelType]: Extract<Target, { type: Type }> } = {
  webhook: { type: 'webhook', url: '' },
  slack: { type: 'slack' },
  email: { type: 'email', host: '', port: 587, security: 'starttls', user: null, from: '', to: [] },
  pagerduty: { type: 'pagerduty', url: 'https://events.pagerduty.com/v2/enqueue' },
  alertmanager: { type: 'alertmanager', url: '', user: null },
}

/** What a new channel begins with. */
export const newChannel = (type: ChannelType): WriteChannel => ({ ...empty, target: emptyTargets[type] })

/** What can be written of a channel that was read; its secret stays. */
export const writableChannel = (channel: Channel): WriteChannel => ({
  name: channel.name,
  enabled: channel.enabled,
  severities: channel.severities,
  selector: channel.selector,
  allowPrivate: channel.allowPrivate,
  sendResolved: channel.sendResolved,
  heartbeatSeconds: channel.heartbeatSeconds,
  target: channel.target,
})
