import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { heldBy, takeInstance } from './instance.ts'
import { checkPort } from './ports.ts'
import { identify, isStill, until } from './process.ts'
import { Service } from './service.ts'
import { plainEnvironment, readSettings, root } from './settings.ts'

let dataDir: string
const lines: string[] = []
const log = (line: string) => void lines.push(line)

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-start-'))
  chmodSync(dataDir, 0o711)
  lines.length = 0
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

async function start(parameters: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['scripts/start.ts', ...parameters], {
    cwd: root,
    env: { ...plainEnvironment(), GRAFTWATCH_DATA_DIR: dataDir, ...env },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  return { code, said }
}

test('a taken port is one sentence with the number and the variable, and nothing stays behind', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { code, said } = await start([], { API_PORT: String(port), WEB_PORT: '1' })
  expect(said).toBe(
    `Port ${port} is taken by another program. Stop it, or set API_PORT to a free port: API_PORT=${port + 1} npm start\n`,
  )
  expect(code).toBe(1)
  expect(existsSync(join(dataDir, 'instance.json'))).toBe(false)
  expect(existsSync(join(dataDir, 'postgres.json'))).toBe(false)
  server.close()
})

test('an unknown option, a wrong port and equal ports are sentences', async () => {
  expect(await start(['--nodemo'], {})).toEqual({
    code: 2,
    said: "Unknown option '--nodemo'. npm start -- --help lists the options.\n",
  })
  expect(() => readSettings({ API_PORT: 'http' })).toThrow('API_PORT is "http", which is no port.')
  expect(() => readSettings({ API_PORT: '3000' })).toThrow('API_PORT and WEB_PORT are both 3000.')
  await expect(checkPort('WEB_PORT', 4000, '203.0.113.1')).rejects.toThrow('Set GRAFTWATCH_HOST')
})

test('one start per data folder; one that was killed is taken over and its children end', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
    detached: true,
    stdio: 'ignore',
  })
  const orphan = identify(child.pid ?? 0)
  const other = identify(process.ppid)
  if (!orphan || !other) throw new Error('no such process')
  const file = join(dataDir, 'instance.json')

  writeFileSync(file, JSON.stringify({ ...other, url: 'http://there', children: [orphan] }))
  await expect(takeInstance(dataDir, 'http://here', log)).rejects.toThrow(
    `already runs from ${dataDir} (process ${other.pid}, http://there)`,
  )

  // The same number, but another process: the computer or the process has started anew since.
  const reused = { ...other, started: 'long ago' }
  writeFileSync(file, JSON.stringify({ ...reused, url: 'http://there', children: [orphan, reused] }))
  const instance = await takeInstance(dataDir, 'http://here', log)
  expect(lines).toEqual(['the last start was killed; ending the 1 processes it left'])
  expect(isStill(orphan)).toBe(false)
  expect(isStill(other)).toBe(true)
  expect(heldBy(dataDir)).toMatchObject({ pid: process.pid, url: 'http://here' })
  instance.release()
  expect(existsSync(file)).toBe(false)
})

test('a damaged lock file is taken over', async () => {
  writeFileSync(join(dataDir, 'instance.json'), '{')
  const instance = await takeInstance(dataDir, 'http://here', log)
  expect(heldBy(dataDir)?.pid).toBe(process.pid)
  instance.release()
})

function service(script: string, vital = true) {
  const file = join(dataDir, 'service.mjs')
  writeFileSync(file, script)
  const lost: string[] = []
  const options = { name: 'thing', run: [file], env: plainEnvironment(), graceMs: 5_000, vital }
  return {
    lost,
    options,
    around: { dataDir, log, changed: () => {}, lost: (reason: string) => void lost.push(reason) },
  }
}

test('a service that does not start says its last words and where the rest is', async () => {
  const { options, around } = service("console.error('no such setting'); process.exit(3)")
  const thing = new Service(
    { ...options, readyUrl: 'http://127.0.0.1:1/' },
    { ...around, dataDir: withLogs() },
  )
  await expect(thing.start()).rejects.toThrow(
    /thing \| no such setting\nThe thing did not start\. Its whole log: .*thing\.log/,
  )
  await thing.stop()
})

test('a service is started again three times a minute, then everything is told', {
  timeout: 30_000,
}, async () => {
  const { options, around, lost } = service('process.exit(3)')
  const thing = new Service(options, { ...around, dataDir: withLogs() })
  await thing.start()
  expect(await until(() => lost.length > 0, 20_000)).toBe(true)
  expect(lines).toEqual(Array(3).fill('the thing ended (exit code 3); starting it again'))
  expect(lost[0]).toContain('The thing ended 4 times in a minute (exit code 3).')
})

test('stopping a service ends its whole group, deaf grandchildren too', async () => {
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)"
  const { options, around } = service(
    `import { spawn } from 'node:child_process'
     import { writeFileSync } from 'node:fs'
     const child = spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}], { stdio: 'inherit' })
     writeFileSync(${JSON.stringify(join(dataDir, 'pid'))}, String(child.pid))
     setInterval(() => {}, 1e6)`,
  )
  const thing = new Service(options, { ...around, dataDir: withLogs() })
  await thing.start()
  expect(await until(() => existsSync(join(dataDir, 'pid')), 5_000)).toBe(true)
  const grandchild = identify(Number(readFileSync(join(dataDir, 'pid'), 'utf8')))
  const leader = thing.identity
  await thing.stop()
  expect(leader && isStill(leader)).toBe(false)
  expect(await until(() => !grandchild || !isStill(grandchild), 5_000)).toBe(true)
})

function withLogs(): string {
  const folder = mkdtempSync(join(dataDir, 'd-'))
  writeFileSync(join(folder, 'logs'), '') // no folder to log into: the service runs all the same
  return folder
}
