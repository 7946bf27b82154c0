import type { ChannelType } from '@graftwatch/contract/alert-vocabulary'
import type { Channel, ChannelTested } from '../api/types.ts'
import { severityWords } from './alerts.ts'
import { listed } from './numbers.ts'
import { visibleText } from './visible-text.ts'

export const channelTypeWords: Record<ChannelType, { word: string; means: string }> = {
  webhook: { word: 'Webhook', means: 'JSON to an address of yours, signed as Standard Webhooks' },
  slack: { word: 'Slack', means: 'a message to an incoming webhook' },
  email: { word: 'Email', means: 'text and HTML through a mail server' },
  pagerduty: { word: 'PagerDuty', means: 'Events API v2; alerts resolve there by themselves' },
  alertmanager: { word: 'Alertmanager', means: 'the v2 API, which then groups and routes' },
}

/** Where a channel leads, without what is secret. */
export function targetText({ target }: Pick<Channel, 'target'>): string {
  switch (target.type) {
    case 'email':
      return `${target.to.map(visibleText).join(', ')} by ${visibleText(target.host)}:${target.port}`
    case 'slack':
      return target.url === undefined ? 'an incoming webhook' : visibleText(target.url)
    default:
      return visibleText(target.url)
  }
}

/** What goes there: `page and ticket, of env=prod`. */
export function routeText({ severities, selector }: Pick<Channel, 'severities' | 'selector'>): string {
  const loud = listed(severities.map((each) => severityWords[each].word.toLowerCase()))
  return `${loud}${selector === '' ? '' : `, of ${visibleText(selector)}`}`
}

/** How a test fared, with the receiver's own words. */
export function testedText({ delivered, status, milliseconds, answer }: ChannelTested): string {
  const said = answer === '' ? '' : `: ${visibleText(answer)}`
  const how = status === null ? '' : `, answered ${status}`
  return `${delivered ? 'Delivered' : 'Not delivered'} in ${milliseconds} ms${how}${said}`
}
