import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** An emulated machine that takes commands on its second serial line. */
export interface Guest {
  /** What a shell command printed. Throws when it fails or takes longer than `seconds`, with the end of the kernel's console. */
  run(command: string, seconds?: number): Promise<string>
  /** {@link run} for a command that may fail; null then. */
  tryRun(command: string, seconds?: number): Promise<string | null>
  stop(): Promise<void>
}

export interface GuestParts {
  kernelImage: string
  initramfs: string
  /** File that gets the kernel's console. */
  console: string
}

/** Boots it; resolves when it takes commands. One emulated processor in one thread: the stable way to emulate without KVM. */
export async function startGuest({ kernelImage, initramfs, console: file }: GuestParts): Promise<Guest> {
  const parameters = [
    ...['-accel', 'tcg,thread=single', '-m', '1024', '-smp', '1', '-nographic', '-no-reboot', '-nodefaults'],
    ...['-kernel', kernelImage, '-initrd', initramfs],
    ...['-netdev', 'user,id=n0,restrict=off', '-device', 'virtio-net-pci,netdev=n0'],
    // The kernel then says of each task that does not switch why, which is what the agent is compared with.
    ...[
      '-append',
      'console=ttyS0 panic=-1 loglevel=8 dyndbg="file kernel/livepatch/transition.c +p" log_buf_len=4M',
    ],
    ...['-serial', `file:${file}`, '-serial', 'stdio'],
  ]
  const child = spawn('qemu-system-x86_64', parameters, { stdio: 'pipe' })
  const line = new SerialLine(child, () =>
    existsSync(file) ? readFileSync(file, 'latin1').slice(-1500) : '',
  )
  await line.ready(120)
  return {
    async run(command, seconds = 20) {
      const { status, said } = await line.ask(command, seconds)
      if (status !== 0) throw new Error(`guest: \`${command}\` ended with ${status}: ${said.slice(-500)}`)
      return said
    },
    async tryRun(command, seconds = 20) {
      const { status, said } = await line.ask(command, seconds)
      return status === 0 ? said : null
    },
    stop: () => line.stop(),
  }
}

class SerialLine {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly consoleTail: () => string
  private said = ''
  private number = 0
  private ended: string | null = null
  private wake: () => void = () => {}

  constructor(child: ChildProcessWithoutNullStreams, consoleTail: () => string) {
    this.child = child
    this.consoleTail = consoleTail
    let trouble = ''
    child.stdout.on('data', (chunk: Buffer) => {
      this.said += chunk.toString('latin1')
      this.wake()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      trouble = (trouble + chunk.toString('utf8')).slice(-1000)
    })
    child.stdin.on('error', () => {})
    const end = (why: string) => {
      this.ended ??= `${why} ${trouble}`
      this.wake()
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) => end(`qemu ended (${code ?? signal})`))
  }

  /** Asks until the shell is there to answer: what is said before that is lost. */
  async ready(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1000
    for (;;) {
      try {
        await this.ask('true', 3)
        return
      } catch (error) {
        if (this.ended !== null || Date.now() > until) throw error
      }
    }
  }

  async ask(command: string, seconds: number): Promise<{ status: number; said: string }> {
    const mark = `mark-${++this.number}`
    this.said = ''
    this.child.stdin.write(`( ${command} ) 2>&1; echo "${mark}:"$?:\n`)
    const end = new RegExp(`${mark}:(\\d+):`)
    const until = Date.now() + seconds * 1000
    for (;;) {
      const match = end.exec(this.said)
      if (match)
        return { status: Number(match[1]), said: this.said.slice(0, match.index).replaceAll('\r', '') }
      if (this.ended !== null || Date.now() > until) {
        const why = this.ended ?? `no answer within ${seconds} s`
        throw new Error(`guest: \`${command}\`: ${why}\nconsole:\n${this.consoleTail()}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, until - Date.now()))
        this.wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async stop(): Promise<void> {
    if (this.ended !== null) return
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await gone
  }
}
