import { expect, test } from 'vitest'
import { formatAlertmanager } from '../src/channels/alertmanager.ts'
import { formatEmail } from '../src/channels/email.ts'
import { pageText } from '../src/channels/message-text.ts'
import { formatPagerduty } from '../src/channels/pagerduty.ts'
import { formatSlack } from '../src/channels/slack.ts'
import { formatWebhook, newWebhookSecret } from '../src/channels/webhook.ts'
import { aMessage } from './channels-receiver.ts'

/** What each kind of receiver gets, byte for byte where it decides. */

const bodyOf = ({ body }: { body: string }) => JSON.parse(body)
const at = '2026-11-26T02:15:00.000Z'
const alertmanager = (...messages: ReturnType<typeof aMessage>[]) =>
  bodyOf(
    formatAlertmanager(
      messages.map((message, n) => ({ id: String(n), message })),
      { url: 'http://am.example.com/', user: null },
      null,
      at,
    ),
  )

test('the text of a page says whether to get up, the first safe step, the hosts and where to look', () => {
  expect(pageText(aMessage('firing'))).toEqual({
    title: 'Firing: 38 hosts held by one cause: vhost-N (kthread, running)',
    lines: [
      'Act now? No: old code keeps serving; exposure continues.',
      'First safe step: Lower the load of the guest.',
      'Hosts: 38 (2 silent since, so nobody knows whether it still holds): db-1, db-2 and 36 more',
    ],
    links: [
      { text: 'Open the alert', url: 'http://localhost:3000/alerts/7' },
      { text: 'All its hosts', url: 'http://localhost:3000/hosts?alert=7' },
      { text: 'Runbook', url: 'https://runbooks.example.com/stuck' },
    ],
  })
  expect(pageText(aMessage('resolved'))).toMatchObject({
    title: 'Resolved: 38 hosts held by one cause: vhost-N (kthread, running)',
    lines: ['It no longer holds on any host. At most 41 hosts were held.'],
  })
})

test('a drill says so first, in every channel', () => {
  const message = aMessage('firing', { drill: true })
  const outgoing = { id: '1', message }
  expect(bodyOf(formatSlack(message, 'https://hooks.example.com/x')).blocks[0].text.text).toMatch(
    /^\[FIRE DRILL\] /,
  )
  expect(bodyOf(formatPagerduty(outgoing, { url: 'https://pd' }, 'k')).payload.summary).toMatch(
    /^\[FIRE DRILL\] /,
  )
  expect(alertmanager(message)[0]).toMatchObject({
    labels: { drill: 'true' },
    annotations: { summary: expect.stringMatching(/^\[FIRE DRILL\] 38 hosts/) },
  })
  const mail = formatEmail(outgoing, { from: 'g@example.com', to: ['a@example.com'] })
  expect(mail.subject).toMatch(/^\[PAGE\] \[FIRE DRILL\] /)
  expect(mail.text).toMatch(/^\[FIRE DRILL\] /)
  const webhook = formatWebhook(outgoing, { url: 'https://w' }, newWebhookSecret(), new Date(at))
  expect(bodyOf(webhook).alert.drill).toBe(true)
})

test('Slack: names of hosts are text, whatever is in them, and nothing is longer than Slack takes', () => {
  const hostile = {
    id: '1',
    hostname: '<!channel> & <https://evil.example|click>\nAct now? No',
    state: 'stuck',
    since: at,
  } as const
  const body = bodyOf(
    formatSlack(
      aMessage('firing', {
        summary: `<!here> ${'x'.repeat(4000)}`,
        examples: [hostile],
        hosts: 1,
        silentHosts: 0,
      }),
      'https://hooks.example.com/x',
    ),
  )
  const sections = body.blocks.flatMap((block: { text?: { type: string; text: string } }) => block.text ?? [])
  for (const { type, text } of sections) {
    expect(text.length).toBeLessThanOrEqual(type === 'plain_text' ? 150 : 3000)
    if (type === 'mrkdwn') expect(text).not.toMatch(/<[!@#h]/)
  }
  expect(body.text).not.toContain('<!here>')
  expect(sections.at(-1).text).toContain(
    '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; Act now? No',
  )
  expect(body.blocks.at(-1).elements[0].text).toContain('<http://localhost:3000/alerts/7|Open the alert>')
})

test('PagerDuty: one incident for an alert, which resolves it and no successor', () => {
  const format = (...parameters: Parameters<typeof aMessage>) =>
    bodyOf(formatPagerduty({ id: '3', message: aMessage(...parameters) }, { url: 'https://pd' }, 'key'))
  expect(format('firing')).toMatchObject({
    routing_key: 'key',
    dedup_key: 'graftwatch-alert-7',
    event_action: 'trigger',
    client: 'Graftwatch',
    client_url: 'http://localhost:3000/alerts/7',
    payload: { severity: 'critical', source: 'db-1', timestamp: '2026-11-26T02:10:00.000Z', class: 'stuck' },
  })
  expect(format('updated')).toMatchObject({ dedup_key: 'graftwatch-alert-7', event_action: 'trigger' })
  expect(format('firing', { severity: 'ticket' }).payload.severity).toBe('warning')
  expect(format('firing', { severity: 'show' }).payload.severity).toBe('info')
  expect(format('firing', { summary: 'x'.repeat(5000) }).payload.summary).toHaveLength(1024)
  expect(format('resolved')).toEqual({
    routing_key: 'key',
    dedup_key: 'graftwatch-alert-7',
    event_action: 'resolve',
  })
})

test('Alertmanager: names Prometheus takes, an end that has not come while it fires, and the end once it is over', () => {
  const labels = {
    'app.io/team-1': 'core',
    '1st': 'x',
    __name__: 'y',
    empty: '',
    alertname: 'LivePatchStuck',
  }
  const [firing] = alertmanager(aMessage('firing', { labels }))
  expect(firing).toEqual({
    labels: {
      app_io_team_1: 'core',
      label_1st: 'x',
      label_name__: 'y',
      alertname: 'LivePatchStuck',
      graftwatch_fingerprint: 'f-1234',
    },
    annotations: {
      summary: '38 hosts held by one cause: vhost-N (kthread, running)',
      description: expect.stringMatching(
        /^Act now\? No: .*\n.*\n.*\n\nReplacement patches wait behind it\.$/,
      ),
      hosts: '38',
      hosts_url: 'http://localhost:3000/hosts?alert=7',
      runbook_url: 'https://runbooks.example.com/stuck',
    },
    startsAt: '2026-11-26T02:10:00.000Z',
    endsAt: '2026-11-26T02:20:00.000Z',
    generatorURL: 'http://localhost:3000/alerts/7',
  })
  const [resolved] = alertmanager(aMessage('resolved', { labels }))
  expect(resolved.labels).toEqual(firing.labels)
  expect(resolved.endsAt).toBe('2026-11-26T02:40:00.000Z')
  const target = { url: 'http://am.example.com/prefix/', user: 'ada' }
  expect(formatAlertmanager([], target, 'pw', at)).toMatchObject({
    url: 'http://am.example.com/prefix/api/v2/alerts',
    headers: { authorization: `Basic ${Buffer.from('ada:pw').toString('base64')}` },
  })
})

test('mail: what is in a name is text in HTML, and no line of its own', () => {
  const hostile = {
    id: '1',
    hostname: '<script>alert(1)</script>"\r\nFirst safe step: reboot',
    state: 'stuck',
    since: at,
  } as const
  const mail = formatEmail(
    { id: '9', message: aMessage('firing', { examples: [hostile] }) },
    { from: 'graftwatch@example.com', to: ['a@example.com'] },
  )
  expect(mail.html).not.toContain('<script>')
  expect(mail.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot; First safe step: reboot')
  expect(mail.text.split('\n').filter((line) => line.startsWith('First safe step'))).toHaveLength(1)
})
