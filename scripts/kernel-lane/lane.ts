import type { HostDetail } from '@graftwatch/contract/api/host'
import { stuckAfterLabel } from '@graftwatch/livepatch'
import type { Guest } from './guest.ts'
import type { Server } from './server.ts'

/** Why the kernel itself says that a task does not switch. */
export interface KernelVerdict {
  comm: string
  tid: number
  /** The patch's name of the function the task sleeps in; null for `is running` and `has an unreliable stack`. */
  asleepIn: string | null
}

/** One guest with an agent in it, and what the server says of it. */
export class Lane {
  readonly guest: Guest
  private readonly server: Server
  private readonly hostname: string

  constructor(guest: Guest, server: Server, hostname: string) {
    this.guest = guest
    this.server = server
    this.hostname = hostname
  }

  /** Waits until the host's page says so; fails with what it says instead. */
  async until(what: string, says: (host: HostDetail) => boolean, seconds = 60): Promise<HostDetail> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const host = await this.server.host(this.hostname)
      if (host && says(host)) return host
      if (Date.now() > end)
        throw new Error(`not within ${seconds} s: ${what}\nthe host: ${host ? gist(host) : 'not there'}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  async eventKinds(): Promise<string[]> {
    const host = await this.server.host(this.hostname)
    return host ? this.server.eventKinds(host.id) : []
  }

  /** An operator's word that this host counts as stuck sooner. */
  async stuckAfter(seconds: number): Promise<void> {
    const { id } = await this.until('known', () => true)
    await this.server.label(id, { [stuckAfterLabel]: `${seconds}s` })
  }

  /** Loads a module of the lane. */
  load(module: string, parameters = ''): Promise<string> {
    return this.guest.run(`insmod /modules/${module}.ko ${parameters}`)
  }

  /** Disables a patch without waiting for anything. */
  disable(patch: string): Promise<string> {
    return this.guest.run(`echo 0 > /sys/kernel/livepatch/${patch}/enabled`)
  }

  /** Disables a patch, waits until the kernel has let it go, and removes its module. */
  async unload(patch: string): Promise<void> {
    await this.disable(patch)
    await this.remove(patch)
  }

  /** Removes a module once its patch has left sysfs. */
  async remove(patch: string): Promise<void> {
    const gone = `i=0; while [ -d /sys/kernel/livepatch/${patch} ] && [ $i -lt 150 ]; do usleep 200000; i=$((i+1)); done`
    await this.guest.run(`${gone}; rmmod ${patch}`, 40)
  }

  /** Starts a program in the background; what it says goes to /tmp/said. */
  start(command: string): Promise<string> {
    return this.guest.run(`${command} < /dev/null > /tmp/said 2>&1 & echo $!`)
  }

  /** Starts a reader of lab_target's file and waits until it sleeps in there; returns its process. */
  async startReader(): Promise<number> {
    const pid = Number(await this.start('cat /proc/lab_read'))
    const asleep = `grep -q lab_read_wait /proc/${pid}/stack`
    await this.guest.run(
      `i=0; until ${asleep} || [ $i -ge 100 ]; do usleep 100000; i=$((i+1)); done; ${asleep}`,
    )
    return pid
  }

  /** What the kernel said of tasks that held the present transition up, the last word on each. */
  async verdicts(): Promise<KernelVerdict[]> {
    const text = await this.guest.run(
      'dmesg | grep -E "klp_try_switch_task|starting .*patching transition" | tail -400',
    )
    const lines = text.split('\n')
    const start = lines.findLastIndex((line) => /starting (un)?patching transition/.test(line))
    const verdicts = new Map<number, KernelVerdict>()
    for (const line of lines.slice(start + 1)) {
      const match =
        /klp_try_switch_task: (.+):(\d+) (?:is running|has an unreliable stack|is sleeping on function (\S+))/.exec(
          line,
        )
      if (!match) continue
      const tid = Number(match[2])
      verdicts.set(tid, { comm: match[1] ?? '', tid, asleepIn: match[3] ?? null })
    }
    return [...verdicts.values()]
  }

  /** Fails unless the kernel logged all of these, in this order, in what it has said so far. */
  async checkLogged(...messages: readonly string[]): Promise<void> {
    const log = await this.guest.run('dmesg | grep livepatch: | grep -v klp_try_switch_task | tail -200')
    let place = 0
    for (const message of messages) {
      const found = log.indexOf(message, place)
      check(found >= 0, `the kernel logged "${message}"`, log.slice(-1500))
      place = found + message.length
    }
  }

  /** Fails unless the kernel itself names this thread as what holds the present transition. */
  async checkHeldBy(tid: number, asleepIn: string): Promise<void> {
    const verdicts = await this.verdicts()
    check(verdicts.find((verdict) => verdict.tid === tid)?.asleepIn === asleepIn, `held by ${tid}`, verdicts)
  }

  /** Waits until the host's page names one task, with its function, and it is the one the kernel names. */
  async untilHeld(what: string, patch: string, asleepIn: string) {
    const host = await this.until(
      what,
      ({ transition }) =>
        transition?.patch === patch &&
        transition.direction !== null &&
        transition.tasks.remaining === 1 &&
        transition.blocking[0]?.blockingFunction === asleepIn,
    )
    const task = host.transition?.blocking[0]
    if (!host.transition || !task) throw new Error(`${what}: no task`)
    const verdict = (await this.verdicts()).find(({ tid }) => tid === task.tid)
    check(verdict?.asleepIn === asleepIn, `the kernel names ${asleepIn} for thread ${task.tid}`, verdict)
    check(verdict?.comm === task.comm, `the kernel calls thread ${task.tid} ${task.comm}`, verdict)
    return { host, transition: host.transition, task }
  }
}

export function check(holds: boolean, what: string, found?: unknown): void {
  if (!holds)
    throw new Error(`not so: ${what}${found === undefined ? '' : `; found ${JSON.stringify(found)}`}`)
}

const gist = ({ status, patches, transition, attempts }: HostDetail): string =>
  JSON.stringify({
    status,
    patches: patches.map(({ name, state, objects }) => ({ name, state, objects })),
    transition: transition && { ...transition, groups: undefined },
    attempts: attempts.map(({ patch, direction, outcome }) => ({ patch, direction, outcome })),
  }).slice(0, 4000)
