import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { OperatorError } from '@graftwatch/db'
import { LogFile } from './log-file.ts'
import { endGroup, type Identity, identify, signalGroup, until } from './process.ts'
import { root } from './settings.ts'

export interface ServiceOptions {
  name: string
  /** Parameters of Node. */
  run: string[]
  env: NodeJS.ProcessEnv
  /** Answers 2xx or 3xx once the service is up; a service without one is up at once. */
  readyUrl?: string
  readyMs?: number
  graceMs: number
  /** What everything else depends on: if it cannot be kept alive, all stops. */
  vital: boolean
}

export interface Surroundings {
  dataDir: string
  log(line: string): void
  /** The set of living processes changed. */
  changed(): void
  /** A vital service cannot be kept alive. */
  lost(reason: string): void
}

const restartsPerMinute = 3

/** A child process with a log, kept alive, in a group of its own so that Ctrl-C ends things in our order. */
export class Service {
  readonly options: ServiceOptions
  readonly #around: Surroundings
  readonly #log: LogFile
  #up = false
  #child: ChildProcess | undefined
  #deaths: number[] = []
  #stopping = false
  identity: Identity | undefined

  constructor(options: ServiceOptions, around: Surroundings) {
    this.options = options
    this.#around = around
    this.#log = new LogFile(join(around.dataDir, 'logs', `${options.name}.log`))
  }

  async start(): Promise<void> {
    this.#spawn()
    const { readyUrl, readyMs = 60_000, name } = this.options
    if (!readyUrl) return
    const settled = async () => this.#stopping || this.#deaths.length > 0 || (await answers(readyUrl))
    const up = await until(settled, readyMs, 100)
    if (this.#stopping) return
    if (!up || this.#deaths.length > 0) {
      const what = up ? 'did not start' : `does not answer at ${readyUrl} after ${readyMs / 1000} s`
      throw new OperatorError(`${this.#said()}The ${name} ${what}. Its whole log: ${this.#log.path}`)
    }
    this.#up = true
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.identity) await endGroup(this.identity, this.options.graceMs)
    this.#log.close()
  }

  kill(): void {
    this.#stopping = true
    if (this.identity) signalGroup(this.identity.pid, 'SIGKILL')
  }

  #spawn(): void {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...this.options.run], {
      cwd: root,
      env: this.options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#child = child
    this.identity = child.pid === undefined ? undefined : identify(child.pid)
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.#log.write(chunk))
    child.on('error', (error) => this.#log.write(Buffer.from(`${error.message}\n`)))
    child.on('exit', () => {
      if (child.pid) signalGroup(child.pid, 'SIGKILL') // its own children, which hold its output open
    })
    child.on('close', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`, code === 0))
    this.#around.changed()
  }

  #ended(child: ChildProcess, how: string, well: boolean): void {
    if (child !== this.#child) return
    const { name, vital, readyUrl } = this.options
    this.identity = undefined
    this.#around.changed()
    if (this.#stopping) return
    const now = Date.now()
    this.#deaths = [...this.#deaths.filter((at) => at > now - 60_000), now]
    if (readyUrl && !this.#up) return // start() says it
    if (!vital && well) return
    if (this.#deaths.length <= restartsPerMinute) {
      this.#around.log(`the ${name} ended (${how}); starting it again`)
      setTimeout(() => this.#stopping || this.#spawn(), 1_000 * (this.#deaths.length - 1))
      return
    }
    const sentence = `The ${name} ended ${this.#deaths.length} times in a minute (${how}). Its whole log: ${this.#log.path}`
    if (vital) this.#around.lost(`${this.#said()}${sentence}`)
    else this.#around.log(`${this.#said()}${sentence}`)
  }

  #said(): string {
    const lines = this.#log.lastLines(12).filter(Boolean)
    return lines.length > 0 ? `${lines.map((line) => `  ${this.options.name} | ${line}`).join('\n')}\n` : ''
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(20_000) })
    await answer.body?.cancel()
    return answer.status < 400
  } catch {
    return false
  }
}
