import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { type Embedded, startEmbedded } from '../src/embedded.ts'
import { reachableByOthers } from '../src/embedded-place.ts'
import { isAlive, until } from '../src/postmaster.ts'

const settings = { fsync: 'off', shared_buffers: '16MB' }
const isRoot = process.getuid?.() === 0
const folders: string[] = []
const servers: Embedded[] = []

function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch embedded-')) // 0700, and with a space
  folders.push(folder)
  return folder
}

async function start(dataDir: string, log?: (line: string) => void): Promise<Embedded> {
  const server = await startEmbedded({ dataDir, settings, ...(log ? { log } : {}) })
  servers.push(server)
  return server
}

async function ask<T extends pg.QueryResultRow>(server: Embedded, sql: string): Promise<T[]> {
  const client = new pg.Client(server.config)
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.remove()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

test('keeps data and port between starts, with UTF-8 and checksums', async () => {
  const dataDir = privateFolder()
  const first = await start(dataDir)
  await ask(first, 'create table kept (id int)')
  expect(
    await ask(
      first,
      "select pg_encoding_to_char(encoding) as encoding from pg_database where datname = 'graftwatch'",
    ),
  ).toEqual([{ encoding: 'UTF8' }])
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)

  const second = await start(dataDir)
  expect(second).toMatchObject({ adopted: false, config: { port: first.config.port } })
  expect(await ask(second, "select to_regclass('kept')::text as found")).toEqual([{ found: 'kept' }])
})

test('the password is in one private file and in no command line', async () => {
  const dataDir = privateFolder()
  const server = await start(dataDir)
  const { home, password } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'))
  expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600)
  expect(password).toBe(server.config.password)
  expect(execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' })).not.toContain(password)
  expect(readFileSync(join(home, 'postgres.log'), 'utf8')).not.toContain(password)
  await expect(ask({ ...server, config: { ...server.config, password: '' } }, 'select 1')).rejects.toThrow()
})

test('a log that grows while the server runs is moved aside, and the server writes on', async () => {
  const server = await startEmbedded({
    dataDir: privateFolder(),
    settings,
    logLimit: { bytes: 2048, checkEveryMs: 20 },
  })
  servers.push(server)
  const logFile = join(server.folder, 'postgres.log')
  const fail = (word: string) => ask(server, `select '${word}'::int`).catch(() => {})
  for (let count = 0; count < 40; count++) await fail(`before-${count}`)
  expect(await until(() => existsSync(`${logFile}.1`) && statSync(logFile).size <= 2048, 5_000)).toBe(true)
  expect(statSync(`${logFile}.1`).mode & 0o777).toBe(0o600)
  await fail('afterwards')
  const all = () => [logFile, `${logFile}.1`].map((file) => readFileSync(file, 'utf8')).join('')
  expect(await until(() => all().includes('afterwards'), 5_000)).toBe(true)
  expect(all()).not.toContain('\0')
})

test.runIf(isRoot)(
  'as root in a private folder it runs as someone else, in a folder that he reaches',
  async () => {
    const dataDir = privateFolder()
    const server = await start(join(dataDir, '.data'))
    const { home } = JSON.parse(readFileSync(join(dataDir, '.data/postgres.json'), 'utf8'))
    expect(home).toMatch(/^\/var\/lib\/graftwatch\//)
    expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0)
    await server.remove()
    expect(existsSync(home)).toBe(false)
  },
)

test('adopts the server of a start that was killed', async () => {
  const dataDir = privateFolder()
  const killed = startElsewhere(dataDir)
  const [line] = await once(killed.stdout, 'data')
  const { pid } = JSON.parse(String(line))
  killed.kill('SIGKILL')
  await once(killed, 'exit')

  const server = await start(dataDir)
  expect(server).toMatchObject({ adopted: true, pid })
  expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expect(isAlive(pid)).toBe(false)
})

test('recovers from a killed server, and from a number that someone else has now', async () => {
  const dataDir = privateFolder()
  const first = await start(dataDir)
  const data =
    (await ask<{ data: string }>(first, "select current_setting('data_directory') as data"))[0]?.data ?? ''
  process.kill(first.pid, 'SIGKILL')
  expect(await until(() => !isAlive(first.pid), 5_000)).toBe(true)

  const lines: string[] = []
  const second = await start(dataDir, (line) => lines.push(line))
  expect(second.adopted).toBe(false)
  expect(lines.join()).toContain('ended without tidying up')
  await second.stop()

  const owner = statSync(data)
  const file = join(data, 'postmaster.pid')
  writeFileSync(file, `${process.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`)
  chownSync(file, owner.uid, owner.gid)
  const third = await start(dataDir)
  expect(third.adopted).toBe(false)
  expect(await ask(third, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('starts that come together share one server', async () => {
  const dataDir = privateFolder()
  const [one, two] = await Promise.all([start(dataDir), start(dataDir)])
  expect(one?.pid).toBe(two?.pid)
  expect([one?.adopted, two?.adopted].sort()).toEqual([false, true])
})

test.runIf(isRoot && othersCanRead())('works as an ordinary user', async () => {
  const nobody = { uid: 65534, gid: 65534 }
  const dataDir = privateFolder()
  chownSync(dataDir, nobody.uid, nobody.gid)
  const child = startElsewhere(dataDir, nobody)
  const [line] = await once(child.stdout, 'data')
  const { pid } = JSON.parse(String(line))
  expect(statSync(`/proc/${pid}`).uid).toBe(nobody.uid)
  expect(existsSync(join(dataDir, 'postgres/data/PG_VERSION'))).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const server = await start(dataDir)
  expect(server).toMatchObject({ adopted: true, pid })
})

test('says what is wrong with a damaged record, a lost database and a folder that cannot be written', async () => {
  const dataDir = privateFolder()
  writeFileSync(join(dataDir, 'postgres.json'), '{"home"')
  await expect(startEmbedded({ dataDir })).rejects.toThrow('is damaged')
  writeFileSync(join(dataDir, 'postgres.json'), '{"home":"/nonexistent/home","port":0,"password":"x"}')
  await expect(startEmbedded({ dataDir })).rejects.toThrow('/nonexistent/home')
  if (isRoot) return
  const closed = privateFolder()
  chmodSync(closed, 0o500)
  await expect(startEmbedded({ dataDir: closed })).rejects.toThrow('GRAFTWATCH_DATA_DIR')
})

/** In a clone private to root nobody else can start anything. */
function othersCanRead(): boolean {
  return reachableByOthers(import.meta.dirname) && (statSync(import.meta.filename).mode & 0o004) !== 0
}

/** A start in a process of its own; prints the server's pid as JSON and stays. */
function startElsewhere(dataDir: string, user: { uid?: number; gid?: number } = {}) {
  const file = fileURLToPath(new URL('start-and-stay.ts', import.meta.url))
  return spawn(process.execPath, [file, dataDir], { stdio: ['ignore', 'pipe', 'inherit'], ...user })
}
