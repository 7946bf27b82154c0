import type { Channel, ChannelTarget, ChannelWritten, WriteChannel } from '@graftwatch/contract'
import type pg from 'pg'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { inTransaction } from '../ingest/transaction.ts'
import { type Actor, audit } from '../people/audit.ts'
import { splitSecret } from './channel-row.ts'
import { channelMissing, channelsMax, readChannel } from './channels.ts'
import { checkChannel, destinationOf, refused } from './check-channel.ts'
import { sealSecret } from './secrets.ts'
import { newWebhookSecret } from './webhook.ts'

type Needs = Pick<Deps, 'pool' | 'config'>

const secretFields: Record<ChannelTarget['type'], string> = {
  webhook: 'secret',
  slack: 'url',
  email: 'password',
  pagerduty: 'routingKey',
  alertmanager: 'password',
}

const secretField = ({ type }: Pick<ChannelTarget, 'type'>): string => `/target/${secretFields[type]}`

/** Whether it can work at all without a secret. */
const needsSecret = (target: ChannelTarget): boolean =>
  'user' in target ? target.user !== null : target.type !== 'webhook'

/**
 * Whether the secret that is kept may go on being used: it was entered for one receiver, and is not handed to another because somebody
 * changed the address. A webhook's never leaves this server.
 */
function mayKeep(before: ChannelTarget, target: ChannelTarget): boolean {
  if (before.type !== target.type) return false
  if (target.type === 'webhook' || target.type === 'slack') return true
  const isSafer = before.type === 'email' && target.type === 'email' && before.security === target.security
  return (target.type !== 'email' || isSafer) && destinationOf(before)?.place === destinationOf(target)?.place
}

interface Secret {
  /** Null: none, or the one that is there. */
  text: string | null
  isKept: boolean
  isMade: boolean
}

/** Which secret the channel has from now on. Throws INVALID_INPUT with its field where one must be entered. */
function secretFor(target: ChannelTarget, given: string | null, before: ChannelTarget | null): Secret {
  if ('user' in target && target.user === null) {
    if (given !== null)
      throw refused(secretField(target), 'is of no use without a user', 'Enter the user, or leave it out.')
    return { text: null, isKept: false, isMade: false }
  }
  if (given !== null) return { text: given, isKept: false, isMade: false }
  if (before && mayKeep(before, target)) return { text: null, isKept: true, isMade: false }
  if (target.type === 'webhook') return { text: newWebhookSecret(), isKept: false, isMade: true }
  if (!needsSecret(target)) return { text: null, isKept: false, isMade: false }
  throw refused(
    secretField(target),
    before ? 'must be entered again, since the message goes elsewhere now' : 'is missing',
    'Enter it. It is kept encrypted and never shown.',
  )
}

const auditedOf = (
  { name, enabled, severities, selector, allowPrivate, ...rest }: WriteChannel,
  secret: Secret,
) => ({
  name,
  type: rest.target.type,
  to: destinationOf(splitSecret(rest.target).target)?.host ?? null,
  enabled,
  severities,
  selector,
  allowPrivate,
  sendResolved: rest.sendResolved,
  heartbeatSeconds: rest.heartbeatSeconds,
  secret: secret.isKept ? 'kept' : secret.text === null ? 'none' : 'written',
})

const nameTaken = (name: string, cause: unknown) =>
  new ProblemError('NAME_TAKEN', {
    detail: `There is a channel called ${name} already.`,
    remedy: 'Choose another name, or change that channel.',
    cause,
  })

async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '23505') throw nameTaken(name, error)
    throw error
  }
}

const valuesOf = (body: WriteChannel, target: ChannelTarget, by: string | null) => [
  body.name,
  target.type,
  body.enabled,
  body.severities,
  body.selector,
  body.allowPrivate,
  body.sendResolved,
  body.heartbeatSeconds,
  JSON.stringify(target),
  by,
]

const written = (item: Channel, { text, isMade }: Secret): ChannelWritten => ({
  ...item,
  secret: isMade ? text : null,
})

/** Adds a channel. Throws INVALID_INPUT with the field, and NAME_TAKEN. A webhook's secret that was made is in the answer, once. */
export async function createChannel(
  { pool, config }: Needs,
  actor: Actor,
  body: WriteChannel,
): Promise<ChannelWritten> {
  await checkChannel(body)
  const { target, secret: given } = splitSecret(body.target)
  const secret = secretFor(target, given, null)
  const work = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string; n: number }>(
      `select nextval(pg_get_serial_sequence('channel', 'id'))::text as id, (select count(*)::int from channel) as n`,
    )
    const { id = '', n = 0 } = rows[0] ?? {}
    if (n >= channelsMax)
      throw refused('/', `there are ${channelsMax} channels already`, 'Remove one that nobody needs.')
    await client.query(
      `insert into channel (name, type, enabled, severities, selector, allow_private, send_resolved,
         heartbeat_seconds, target, updated_by, id, secret, catch_up)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::bigint, $12, $3)`,
      [
        ...valuesOf(body, target, actor.viewer?.name ?? null),
        id,
        secret.text === null ? null : sealSecret(secret.text, id, config.secret),
      ],
    )
    await audit(client, actor, {
      action: 'channel.create',
      subject: `channel:${id}`,
      data: auditedOf(body, secret),
    })
    return id
  })
  return written(await readChannel(pool, await named(body.name, work)), secret)
}

/** Whether messages go to somebody else now, who knows nothing of what fires. */
function isOtherReceiver(before: ChannelTarget, target: ChannelTarget, secret: Secret): boolean {
  if (before.type !== target.type) return true
  if (target.type === 'slack' || target.type === 'pagerduty') return !secret.isKept
  if (target.type === 'email') return before.type === 'email' && `${before.to}` !== `${target.to}`
  return 'url' in before && before.url !== target.url
}

/** What waits for a channel is given up: what is still so is told when it catches up. */
async function giveUp(client: pg.ClientBase, id: string, why: string): Promise<void> {
  await client.query(
    `update delivery set status = 'dead', next_at = null,
       attempts = case when jsonb_array_length(attempts) >= 20 then attempts - 0 else attempts end
         || jsonb_build_array(jsonb_build_array($2::text, 0, null, $3::text))
     where channel_id = $1::bigint and status = 'waiting'`,
    [id, new Date().toISOString(), `Not sent: ${why}.`],
  )
}

/** Replaces a channel; a secret that is left out stays, unless the message would go elsewhere with it. Throws NOT_FOUND too. */
export async function updateChannel(
  { pool, config }: Needs,
  actor: Actor,
  id: string,
  body: WriteChannel,
): Promise<ChannelWritten> {
  await checkChannel(body)
  const { target, secret: given } = splitSecret(body.target)
  const work = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ target: ChannelTarget; secret: Buffer | null }>(
      'select target, secret from channel where id = $1::bigint for update',
      [id],
    )
    const [before] = rows
    if (!before) throw channelMissing(id)
    const secret = secretFor(target, given, before.secret === null ? null : before.target)
    const sealed = secret.text === null ? null : sealSecret(secret.text, id, config.secret)
    await client.query(
      `update channel set name = $1, type = $2, enabled = $3, severities = $4, selector = $5, allow_private = $6,
         send_resolved = $7, heartbeat_seconds = $8, target = $9, updated_by = $10, secret = $12, updated_at = now(),
         heartbeat_at = case when heartbeat_seconds is not distinct from $8 then heartbeat_at end,
         catch_up = $3, off_since = case when $3 then off_since else coalesce(off_since, now()) end
       where id = $11::bigint`,
      [...valuesOf(body, target, actor.viewer?.name ?? null), id, secret.isKept ? before.secret : sealed],
    )
    if (!body.enabled) await giveUp(client, id, 'the channel was switched off')
    if (isOtherReceiver(before.target, target, secret)) {
      await giveUp(client, id, 'the channel leads elsewhere now')
      await client.query(
        `update channel set heard_from = coalesce((select max(id) from delivery where channel_id = $1::bigint), 0) where id = $1::bigint`,
        [id],
      )
    }
    await audit(client, actor, {
      action: 'channel.update',
      subject: `channel:${id}`,
      data: auditedOf(body, secret),
    })
    return secret
  })
  const secret = await named(body.name, work)
  return written(await readChannel(pool, id), secret)
}

/** Removes a channel and all that was delivered to it. Throws NOT_FOUND. */
export async function removeChannel(pool: pg.Pool, actor: Actor, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ name: string; type: string }>(
      'delete from channel where id = $1::bigint returning name, type',
      [id],
    )
    const [row] = rows
    if (!row) throw channelMissing(id)
    await audit(client, actor, { action: 'channel.remove', subject: `channel:${id}`, data: { ...row } })
  })
}
