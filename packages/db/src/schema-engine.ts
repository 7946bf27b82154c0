import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'
import type pg from 'pg'
import type { DatabaseConfig } from './config.ts'

export type { MigrationList } from '@prisma/schema-engine-wasm'

type Glue = typeof import('@prisma/schema-engine-wasm') & { __wbg_set_wasm(exports: object): void }

/** As much of WebAssembly as is needed; Node's types leave it to the browser's, which do not belong here. */
declare const WebAssembly: {
  instantiate(
    code: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

/**
 * The stock adapter cuts a script at every semicolon, also inside a function body or a comment, and leaves half a
 * migration applied when one fails. One message to PostgreSQL is one transaction, as the Prisma command has it.
 */
class WholeScripts extends PrismaPg {
  readonly pools: pg.Pool[] = []

  override async connect() {
    const adapter = await super.connect()
    this.pools.push(adapter.underlyingDriver())
    adapter.executeScript = async (script) => {
      await adapter.executeRaw({ sql: script, args: [], argTypes: [] })
    }
    return adapter
  }
}

export async function withSchemaEngine<T>(
  connection: DatabaseConfig & { ssl?: { rejectUnauthorized: boolean } },
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine()
  // One connection, so that what a migration sets for its session holds until its end.
  const factory = new WholeScripts({ ...connection, max: 1, application_name: 'graftwatch-migrate' })
  const bound = bindMigrationAwareSqlAdapterFactory(factory)
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bound)
  try {
    return await work(engine)
  } finally {
    engine.free()
    for (const pool of factory.pools) if (!pool.ended) await pool.end()
  }
}

let loaded: Promise<Glue> | undefined

/** Once per process: the glue code holds one instance. */
function loadEngine(): Promise<Glue> {
  loaded ??= instantiate()
  return loaded
}

/** By hand, because importing .wasm is still experimental in Node 24 and says so on every start. */
async function instantiate(): Promise<Glue> {
  const name = '@prisma/schema-engine-wasm/schema_engine_bg'
  const glue: Glue = await import(name)
  const file = createRequire(import.meta.url)
    .resolve(name)
    .replace(/\.js$/, '.wasm')
  const imports = Object.fromEntries(Object.entries(glue).map(([key, value]) => [key, patient(key, value)]))
  const { instance } = await WebAssembly.instantiate(readFileSync(file), { './schema_engine_bg.js': imports })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return glue
}

/** The engine waits for its lock with a timer that it never clears; that must not keep the process for 10 s. */
function patient(key: string, value: unknown): unknown {
  if (!key.startsWith('__wbg_setTimeout_') || typeof value !== 'function') return value
  return (...parameters: unknown[]) => {
    const timer = value(...parameters)
    timer?.unref?.()
    return timer
  }
}
