import { randomBytes } from 'node:crypto'
import type { Viewer } from '@graftwatch/contract'
import { apiKeyScopes } from '@graftwatch/contract/vocabulary'
import type pg from 'pg'
import { digestOf, isSameDigest } from '../ingest/secrets.ts'

/** `gwk_<id>_<43 characters>`: the key names its row, so that looking it up is one index, and an unknown one costs no more. */
export const newKey = (id: string): string => `gwk_${id}_${randomBytes(32).toString('base64url')}`

const keyPattern = /^gwk_([1-9]\d{0,17})_[A-Za-z0-9_-]{43}$/

/** How a key begins, for lists: enough to recognize it, too little to guess the rest. */
export const prefixOf = (key: string): string => key.slice(0, key.length - 43 + 4)

interface KeyRow {
  label: string
  digest: Buffer
  scopes: string[]
  isUsedLately: boolean
}

/**
 * The program this key is of, with the key's scopes as its permissions; null when the key was never given out, has expired or
 * was revoked. Always asks the database, so that a revoked key is refused at once by every replica.
 */
export async function viewerOfKey(pool: Pick<pg.Pool, 'query'>, key: string): Promise<Viewer | null> {
  const id = keyPattern.exec(key)?.[1]
  if (id === undefined) return null
  const { rows } = await pool.query<KeyRow>({
    name: 'api-key',
    text: `select label, digest, scopes, coalesce(last_used_at > now() - interval '1 minute', false) as "isUsedLately"
           from api_key where id = $1::bigint and revoked_at is null and expires_at > now()`,
    values: [id],
  })
  const [row] = rows
  if (!row || !isSameDigest(row.digest, digestOf(key))) return null
  if (!row.isUsedLately)
    await pool.query(
      `update api_key set last_used_at = now()
       where id = $1::bigint and (last_used_at is null or last_used_at <= now() - interval '1 minute')`,
      [id],
    )
  const scopes = apiKeyScopes.filter((scope) => row.scopes.includes(scope))
  return { id: `key:${id}`, email: null, name: row.label, role: null, permissions: scopes }
}
