import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCounters } from '../src/check-counters.ts'
import { migrate, migrationsFolder } from '../src/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'

/** A database of the first release with hosts and history in it, brought up to date. */
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-first-'))
  for (const name of ['migration_lock.toml', '20261123120000_fleet', '20261123120100_people'])
    cpSync(join(migrationsFolder, name), join(folder, name), { recursive: true })
  await migrate(database.config, { folder })
  rmSync(folder, { recursive: true, force: true })
  await database.pool.query(`
    insert into host (machine_id, hostname, labels, state, state_since, flags, level) values
      ('m-1', 'db-1', array['env', 'env=prod'], 'migrated', now() - interval '2 days', 0, 'causes'),
      ('m-2', 'db-2', array[]::text[], 'silent', now() - interval '1 hour', 1024, 'progress');
    update host set last_state = 'stuck' where machine_id = 'm-2';
    insert into patch (mechanism, name, build) values ('klp', 'livepatch_1', 'B');
    insert into period (host_id, valid_from, valid_to, state, flags) values
      (1, now() - interval '40 days', now() - interval '2 days', 'notDue', 0), (1, now() - interval '2 days', 'infinity', 'migrated', 0),
      (77, now() - interval '50 days', 'infinity', 'migrated', 0);
    insert into label_period (host_id, valid_from, labels) values (1, now() - interval '40 days', array['env', 'env=prod']);
    insert into event (recorded_at, occurred_at, host_id, kind, data, hash) values
      (now() - interval '40 days', now() - interval '40 days', 1, 'first-contact', '{}', 'a'),
      (now() - interval '2 days', now() - interval '2 days', 1, 'state-changed', '{}', 'b');
    insert into attempt (host_id, number, boot_id, patch_id, direction, started_at, started_at_source, started_before, ended_at,
      outcome, progress_at, confidence)
      values (1, 1, 'boot', 1, 'patching', now() - interval '2 days', 'kernel-log', false, now() - interval '2 days', 'completed',
        now(), 'full');
    insert into sample (host_id, number, at, remaining, total) values (1, 1, now() - interval '35 days', 3, 400);
    insert into auth_user (id, name, email, role) values ('u', 'Ada', 'ada@example.com', 'admin');
    insert into auth_session (id, "expiresAt", token, "userId") values ('s', now() + interval '1 day', 'in clear', 'u')`)
  await migrate(database.config)
})
afterAll(() => database.drop())

const read = async (text: string) => (await database.pool.query(text)).rows

test('counters, order and levels are those of the hosts', async () => {
  expect(await checkCounters(database.pool)).toEqual([])
  expect(await read('select hostname, severity from host order by severity')).toEqual([
    { hostname: 'db-2', severity: 80 },
    { hostname: 'db-1', severity: 144 },
  ])
})

test('history is all there, with two times, also of a host that was removed', async () => {
  expect(
    await read('select state, occurred_at = recorded_at as same, hostname, labels from period order by id'),
  ).toEqual([
    { state: 'migrated', same: true, hostname: 'host 77', labels: null },
    { state: 'notDue', same: true, hostname: 'db-1', labels: ['env', 'env=prod'] },
    { state: 'migrated', same: true, hostname: 'db-1', labels: ['env', 'env=prod'] },
  ])
  expect(await read('select kind, hostname from event order by id')).toEqual([
    { kind: 'first-contact', hostname: 'db-1' },
    { kind: 'state-changed', hostname: 'db-1' },
  ])
  expect(await read('select remaining, direction from sample')).toEqual([
    { remaining: 3, direction: 'patching' },
  ])
  expect(await read('select host_id::int as id from host_ever order by 1')).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 77 },
  ])
  expect(await read('select ended_at = end_recorded_at as same from attempt')).toEqual([{ same: true }])
})

test('no session token is left in clear', async () => {
  expect(await read(`select from auth_session where token = 'in clear'`)).toEqual([])
})
