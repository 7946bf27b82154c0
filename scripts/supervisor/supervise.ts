import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { OperatorError } from '@graftwatch/db'
import { type Database, openDatabase, removeDemo, wantsDemo } from './database.ts'
import { heldBy, type Instance, takeInstance } from './instance.ts'
import { checkPort } from './ports.ts'
import { Service, type ServiceOptions } from './service.ts'
import { describeServices, type Services } from './services.ts'
import { makeDataDir, readSettings, root, type Settings } from './settings.ts'

export interface StartOptions {
  demo: boolean
  watch: boolean
}

const say = (line: string) => console.log(`- ${line}`)

/** Everything of `npm start`, from the database up; what was started last is stopped first. */
export async function supervise(options: StartOptions): Promise<void> {
  const begin = Date.now()
  const settings = readSettings()
  makeDataDir(settings.dataDir)
  const run = new Run(await takeInstance(settings.dataDir, settings.baseUrl, say), settings)
  run.listen()
  try {
    await checkPort('API_PORT', settings.apiPort, settings.host)
    await checkPort('WEB_PORT', settings.webPort, settings.host)
    await run.start(options)
    if (!run.ending) console.log(await banner(settings, run, Date.now() - begin))
  } catch (error) {
    if (run.ending) return
    await run.end(1, error)
  }
}

export async function removeDemoFleet(): Promise<void> {
  const settings = readSettings()
  makeDataDir(settings.dataDir)
  // One that runs keeps its database; the simulator notices by itself that its hosts are gone.
  const instance = heldBy(settings.dataDir)
    ? undefined
    : await takeInstance(settings.dataDir, settings.baseUrl, say)
  try {
    const database = await openDatabase(settings, say)
    try {
      const removed = await removeDemo(database.address, settings.dataDir)
      console.log(
        removed > 0 ? `The demo fleet is gone: ${removed} hosts removed.` : 'There is no demo fleet here.',
      )
    } finally {
      if (instance) await database.stop()
    }
  } finally {
    instance?.release()
  }
}

class Run {
  ending = false
  demo = false
  services: Services | undefined
  database: Database | undefined
  readonly #instance: Instance
  readonly #settings: Settings
  readonly #running: Service[] = []
  #database: Promise<Database> | undefined
  #signalAt = 0

  constructor(instance: Instance, settings: Settings) {
    this.#instance = instance
    this.#settings = settings
  }

  async start({ demo, watch }: StartOptions): Promise<void> {
    const settings = this.#settings
    this.#database = openDatabase(settings, say)
    const database = await timed('database', () => this.#database as Promise<Database>, this)
    this.database = database
    database.watch((reason) => void this.end(1, new OperatorError(reason)))
    this.services = describeServices(settings, database.env, watch)
    this.demo = demo && (await wantsDemo(database.address))
    if (this.ending) return
    // Side by side: the dashboard is up as soon as the API answers it.
    const { api, web } = this.services
    await Promise.all([api, web].map((options) => timed(options.name, () => this.#begin(options), this)))
    if (this.ending) return
    if (existsSync('/proc/self/stat')) await this.#begin(this.services.agent)
    else say('no agent here: it reads /proc and /sys, which this system does not have')
    if (this.demo && !this.ending) await this.#begin(this.services.demo)
  }

  #begin(options: ServiceOptions): Promise<void> {
    const service = new Service(options, {
      dataDir: this.#settings.dataDir,
      log: say,
      changed: () => this.#remember(),
      lost: (reason) => void this.end(1, new OperatorError(reason)),
    })
    this.#running.push(service)
    return service.start()
  }

  #remember(): void {
    this.#instance.remember(this.#running.flatMap(({ identity }) => (identity ? [identity] : [])))
  }

  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#signalled())
    // The process that started us was killed, so nobody is left to stop this one.
    if (process.channel) {
      process.on('disconnect', () => this.#signalled())
      process.channel.unref()
    }
  }

  #signalled(): void {
    const now = Date.now()
    if (!this.ending) {
      this.#signalAt = now
      console.log('\n- stopping')
      void this.end(0)
    } else if (now - this.#signalAt > 1_000) {
      // Not the same Ctrl-C, passed on by npm, by the bootstrap and by the terminal.
      console.log('- stopping at once')
      for (const service of this.#running) service.kill()
      void this.#database?.then((database) => database.kill())
    }
  }

  async end(code: number, reason?: unknown): Promise<void> {
    if (this.ending) return
    this.ending = true
    try {
      const [api, web, ...reporters] = this.#running
      await Promise.all(reporters.map((service) => service.stop()))
      await web?.stop()
      await api?.stop()
      // It may still be on its way up.
      const database = await this.#database?.catch(() => undefined)
      await database?.stop()
    } finally {
      this.#instance.release()
    }
    if (reason === undefined) console.log('- stopped, nothing is left running')
    else console.error(reason instanceof OperatorError ? reason.message : reason)
    process.exit(code)
  }
}

async function timed<T>(name: string, work: () => Promise<T>, run: Run): Promise<T> {
  const begin = Date.now()
  const result = await work()
  if (!run.ending) say(`${name} ready (${((Date.now() - begin) / 1000).toFixed(1)} s)`)
  return result
}

async function banner(settings: Settings, { services, demo, database }: Run, took: number): Promise<string> {
  const { baseUrl, dataDir } = settings
  const apiUrl = services?.api.readyUrl?.replace('/readyz', '')
  const needed = await setupNeeded(`${apiUrl}/v1/setup`)
  const signIn = needed
    ? [
        'Set up the first account (this link works once):',
        `  ${baseUrl}/setup#code=${services?.api.env.GRAFTWATCH_SETUP_CODE}`,
      ]
    : [`Sign in at ${baseUrl}`]
  const folder = dataDir.startsWith(root) ? relative(root, dataDir) : dataDir
  const databaseFolder = database?.folder && !database.folder.startsWith(dataDir) ? database.folder : null
  return [
    '',
    `Graftwatch runs at ${baseUrl} (ready in ${(took / 1000).toFixed(1)} s)`,
    '',
    ...signIn,
    '',
    `API          ${apiUrl}/docs`,
    `data, logs   ${folder}`,
    ...(databaseFolder ? [`database     ${databaseFolder}`] : []),
    ...(demo
      ? ['demo fleet   leave it out with: npm start -- --no-demo, delete it with: npm start -- --remove-demo']
      : []),
    'stop         Ctrl-C',
    '',
  ].join('\n')
}

async function setupNeeded(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  if (!answer?.ok) return true
  const body = (await answer.json()) as { needed?: boolean }
  return body.needed !== false
}
