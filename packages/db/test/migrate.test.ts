import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../src/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'graftwatch-migrations-'))
const scripts = {
  '20260101000000_first': `
    -- a comment; with a semicolon
    create table fruit (id uuid primary key default uuidv7(), name text not null);
    create function keep() returns trigger language plpgsql as $$ begin return new; end $$;`,
  '20260102000000_second': 'create index concurrently fruit_name on fruit (name);',
}
let database: TestDatabase

function write(name: string, sql: string) {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'migration.sql'), sql)
}

beforeEach(async () => {
  for (const [name, sql] of Object.entries(scripts)) write(name, sql)
  database = await createTestDatabase({ empty: true })
})
afterEach(() => database.drop())
afterAll(() => rmSync(folder, { recursive: true }))

test('applies what is missing, once, and records it as the Prisma command does', async () => {
  expect(await migrate(database.config, { folder })).toEqual(Object.keys(scripts))
  expect(await migrate(database.url, { folder })).toEqual([])
  const { rows } = await database.pool.query(
    'select migration_name as name, finished_at is not null as finished, length(checksum) as checksum, applied_steps_count as steps from _prisma_migrations order by 1',
  )
  expect(rows).toEqual(Object.keys(scripts).map((name) => ({ name, finished: true, checksum: 64, steps: 1 })))
})

test('starts that come together apply each migration once', async () => {
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.config, { folder })))
  expect(applied.flat().sort()).toEqual(Object.keys(scripts))
})

test('a failing migration leaves nothing behind, is named, and the next start says the same', async () => {
  const name = '20260103000000_third'
  write(name, 'create table vegetable (id int); select 1/0;')
  try {
    await expect(migrate(database.config, { folder })).rejects.toThrow(`Migration ${name} failed`)
    await expect(migrate(database.config, { folder })).rejects.toThrow(
      /division by zero[\s\S]*delete from _prisma_migrations/,
    )
    const { rows } = await database.pool.query("select to_regclass('vegetable') as found")
    expect(rows).toEqual([{ found: null }])
  } finally {
    rmSync(join(folder, name), { recursive: true })
  }
})

test('an old server is refused before anything is written', async () => {
  await expect(migrate(database.config, { folder, serverVersion: 170_002 })).rejects.toThrow(
    'The database is PostgreSQL 17, Graftwatch needs 18 or newer.',
  )
  const { rows } = await database.pool.query("select to_regclass('_prisma_migrations') as found")
  expect(rows).toEqual([{ found: null }])
})

test('a wrong address, name or password is one sentence with the remedy', async () => {
  await expect(migrate({ ...database.config, port: 1 }, { folder })).rejects.toThrow(
    'No PostgreSQL answers at 127.0.0.1:1.',
  )
  await expect(migrate({ ...database.config, password: 'wrong' }, { folder })).rejects.toThrow(
    'does not let graftwatch in',
  )
  await expect(migrate({ ...database.config, database: 'nowhere' }, { folder })).rejects.toThrow(
    'createdb nowhere',
  )
  await expect(migrate('mysql://x', { folder })).rejects.toThrow('DATABASE_URL is not a PostgreSQL address.')
})
