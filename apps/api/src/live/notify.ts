import type pg from 'pg'

const idsMax = 500

/** Tells every replica that these hosts changed. Inside a transaction it is heard when, and only if, that commits. */
export async function notifyLive(
  client: Pick<pg.PoolClient, 'query'>,
  hostIds: readonly number[],
): Promise<void> {
  // PostgreSQL takes 8,000 bytes; over 500 hosts the message says so instead of naming them.
  const payload = hostIds.length > idsMax ? '*' : hostIds.join(',')
  await client.query({
    name: 'live-notify',
    text: `select pg_notify('graftwatch_live', $1)`,
    values: [payload],
  })
}

/** Tells every replica that something changed that no host's id names, such as an alert; heard as {@link notifyLive} is. */
export async function notifyFleet(client: Pick<pg.PoolClient, 'query'>): Promise<void> {
  await client.query(`select pg_notify('graftwatch_live', '*')`)
}

/** Tells every replica that the keys of these hosts changed: new, rotated, revoked or gone. '*' for all. */
export async function notifyKeys(
  client: Pick<pg.PoolClient, 'query'>,
  hostIds: readonly number[],
): Promise<void> {
  const payload = hostIds.length > idsMax ? '*' : hostIds.join(',')
  await client.query({
    name: 'keys-notify',
    text: `select pg_notify('graftwatch_keys', $1)`,
    values: [payload],
  })
}
