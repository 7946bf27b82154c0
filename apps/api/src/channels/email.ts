import type { AlertMessage, ChannelTarget } from '@graftwatch/contract'
import { cut, pageText } from './message-text.ts'
import type { Outgoing } from './outgoing.ts'

/** A mail, as nodemailer takes it. */
export interface Mail {
  from: string
  to: string[]
  subject: string
  text: string
  html: string
  messageId: string
  references: string[]
  inReplyTo?: string
  headers: Record<string, string>
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => entities[mark] ?? mark)

const style = 'font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;max-width:40rem'

function htmlOf({ title, lines, links }: ReturnType<typeof pageText>, description: string): string {
  const paragraphs = [...lines, ...(description ? [description] : [])]
    .map((line) => `<p style="margin:0 0 8px;white-space:pre-line">${escaped(line)}</p>`)
    .join('')
  const list = links.map(({ text, url }) => `<a href="${escaped(url)}">${escaped(text)}</a>`).join(' · ')
  return `<!doctype html><html lang="en"><body style="${style}"><h1 style="font-size:18px;margin:0 0 12px">${escaped(title)}</h1>${paragraphs}<p style="margin:16px 0 0">${list}</p></body></html>`
}

const subjectOf = ({ kind, alert }: AlertMessage, title: string): string =>
  alert ? `[${kind === 'resolved' ? 'RESOLVED' : alert.severity.toUpperCase()}] ${title}` : title

/**
 * One mail, as text and HTML. Its Message-ID is the delivery's, so that a second attempt is the same mail; all mails of one alert refer
 * to one id, which makes them a thread.
 */
export function formatEmail(
  { id, message }: Outgoing,
  { from, to }: Pick<Extract<ChannelTarget, { type: 'email' }>, 'from' | 'to'>,
): Mail {
  const page = pageText(message)
  const { alert } = message
  const domain = from.split('@')[1] ?? 'graftwatch'
  const thread = alert && `<alert-${alert.id}@${domain}>`
  const description = alert?.description ?? ''
  return {
    from: `Graftwatch <${from}>`,
    to,
    subject: cut(subjectOf(message, page.title), 250),
    text: [
      page.title,
      '',
      ...page.lines,
      ...(description ? ['', description] : []),
      '',
      ...page.links.map(({ text, url }) => `${text}: ${url}`),
      '',
    ].join('\n'),
    html: htmlOf(page, description),
    messageId: `<delivery-${id}@${domain}>`,
    references: thread ? [thread] : [],
    ...(thread && { inReplyTo: thread }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(alert?.severity === 'page' && message.kind !== 'resolved' && { Importance: 'high' }),
    },
  }
}
