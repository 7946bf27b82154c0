import type { AlertMessage } from '@graftwatch/contract'
import { cut, pageText } from './message-text.ts'
import { type Formatted, json } from './outgoing.ts'

/** The three characters that mean something in mrkdwn; with them also `<!channel>` in the name of a host is only text. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Nothing in it becomes a link or a mention by itself: names are chosen by hosts. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })

/** An address cannot hold the marks of a link. */
const linkOf = ({ text, url }: { text: string; url: string }): string =>
  `<${escaped(url).replaceAll('|', '%7C')}|${escaped(text)}>`

/** Blocks for an incoming webhook; `text` is what notifications show. Lengths are Slack's: 150 for a header, 3000 for a section. */
export function formatSlack(message: AlertMessage, url: string): Formatted {
  const { title, lines, links } = pageText(message)
  return json(url, {
    text: cut(escaped(title), 3000),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, 150), emoji: false } },
      // The header is cut short; the whole of it stays readable.
      ...(title.length > 150 ? [{ type: 'section', text: mrkdwn(cut(escaped(title), 3000)) }] : []),
      { type: 'section', text: mrkdwn(cut(lines.map(escaped).join('\n'), 3000)) },
      ...(links.length > 0
        ? [{ type: 'context', elements: [mrkdwn(cut(links.map(linkOf).join(' · '), 3000))] }]
        : []),
    ],
  })
}
