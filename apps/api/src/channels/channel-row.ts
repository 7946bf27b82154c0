import { type ChannelTarget, channelTarget } from '@graftwatch/contract'
import type { OpenChannel } from './outgoing.ts'
import { openSecret } from './secrets.ts'

/** Of `channel`, what sending takes. */
export interface ChannelRow {
  channelId: string
  name: string
  target: unknown
  secret: Buffer | null
  allowPrivate: boolean
}

/** Columns of {@link ChannelRow} for a select from `channel c`. */
export const channelColumns = `c.id::text as "channelId", c.name, c.target, c.secret, c.allow_private as "allowPrivate"`

/** Throws SecretUnreadable. */
export function openChannel(row: ChannelRow, secret: string): OpenChannel {
  return {
    id: row.channelId,
    name: row.name,
    target: channelTarget.parse(row.target),
    secret: row.secret === null ? null : openSecret(row.secret, row.channelId, secret),
    allowPrivate: row.allowPrivate,
  }
}

/** The one thing that is secret of a target, apart from what is not. Null where it was left out. */
export function splitSecret(given: ChannelTarget): { target: ChannelTarget; secret: string | null } {
  switch (given.type) {
    case 'webhook': {
      const { secret, ...target } = given
      return { target, secret: secret ?? null }
    }
    case 'slack': {
      const { url, ...target } = given
      return { target, secret: url ?? null }
    }
    case 'pagerduty': {
      const { routingKey, ...target } = given
      return { target, secret: routingKey ?? null }
    }
    case 'email':
    case 'alertmanager': {
      const { password, ...target } = given
      return { target, secret: password ?? null }
    }
  }
}
