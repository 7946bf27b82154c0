import { EventEmitter } from 'node:events'
import type { LiveMessage } from '@graftwatch/contract'
import type { DatabaseConfig } from '@graftwatch/db/config'
import { connectionOf } from '@graftwatch/db/pool'
import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import type { KeySlots } from '../ingest/key-slots.ts'

const reconnectMs = 500

/**
 * The one connection of this replica that LISTENs. Emits `message` for browsers, `person` with the id of somebody who may have lost the
 * right to listen, and keeps the key slots true when another
 * replica changed a host. After a gap it cannot know what it missed: keys are read anew and browsers are told to resync.
 */
export class Live extends EventEmitter<{ message: [LiveMessage]; person: [string] }> {
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #closed = false
  readonly #database: string | DatabaseConfig
  readonly #keys: KeySlots
  readonly #log: FastifyBaseLogger

  constructor(database: string | DatabaseConfig, keys: KeySlots, log: FastifyBaseLogger) {
    super()
    this.setMaxListeners(0)
    this.#database = database
    this.#keys = keys
    this.#log = log
  }

  get isListening(): boolean {
    return this.#client !== null
  }

  /** Resolves after the first connection is listening; later ones are made in the background. */
  async open(): Promise<void> {
    const client = new pg.Client({
      ...connectionOf(this.#database),
      application_name: 'graftwatch-live',
      keepAlive: true,
    })
    client.on('error', (error) => this.#lost(client, error))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ channel, payload }) => this.#heard(channel, payload ?? ''))
    try {
      await client.connect()
      await client.query('listen graftwatch_live; listen graftwatch_keys; listen graftwatch_people')
    } catch (error) {
      client.removeAllListeners('end')
      await client.end().catch(() => {})
      throw error
    }
    if (this.#closed) return await client.end()
    this.#client = client
    this.#keys.forgetAll()
    this.emit('message', { type: 'resync' })
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#client?.end()
  }

  #lost(client: pg.Client, error?: Error): void {
    if (this.#closed || (this.#client && this.#client !== client)) return
    this.#client = null
    client.removeAllListeners()
    client.on('error', () => {})
    if (this.#timer) return
    this.#log.warn({ err: error }, 'live connection lost; connecting again')
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.open().catch((failure: Error) => this.#lost(client, failure))
    }, reconnectMs)
  }

  #heard(channel: string, payload: string): void {
    if (channel === 'graftwatch_people') {
      this.emit('person', payload)
      return
    }
    const hostIds = payload === '*' ? null : payload.split(',').filter(Boolean)
    if (channel === 'graftwatch_keys') {
      if (hostIds) this.#keys.forget(hostIds.map(Number))
      else this.#keys.forgetAll()
      return
    }
    this.emit('message', hostIds ? { type: 'hosts', hostIds } : { type: 'fleet' })
  }
}
