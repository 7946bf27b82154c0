import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchKernels, type Kernel, needPrograms } from './kernel-lane/debian.ts'
import { startGuest } from './kernel-lane/guest.ts'
import { buildImage } from './kernel-lane/image.ts'
import { Lane } from './kernel-lane/lane.ts'
import { buildModules, buildProgram } from './kernel-lane/modules.ts'
import { scenarios } from './kernel-lane/scenarios.ts'
import { type Server, startServer } from './kernel-lane/server.ts'

/**
 * The agent inside real kernels during real transitions, reporting to a real API: two Debian kernels under qemu, their own
 * self-test patches and ours, compared with what the kernel itself logs. Last line: `N passed, N failed`.
 */
const cache = join(homedir(), '.cache/graftwatch/kernel-lane')
const agent = fileURLToPath(new URL('../apps/agent/dist/graftwatch-agent.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'graftwatch-kernels-'))
let passed = 0
let failed = 0
/** What has to be stopped, also when somebody ends the lane. */
const running = new Set<{ stop(): Promise<void> }>()
const begun = Date.now()
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`

function fail(what: string, error: unknown): void {
  failed++
  console.log(`FAILED ${what}: ${error instanceof Error ? error.message : error}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    fail('the kernel lane', `ended by ${signal}`)
    void Promise.allSettled([...running].map((one) => one.stop())).then(() => {
      rmSync(folder, { recursive: true, force: true })
      console.log(`${passed} passed, ${failed} failed`)
      process.exit(1)
    })
  })

interface Machine {
  kernel: Kernel
  hostname: string
  initramfs: string
}

function build(kernel: Kernel, place: number): Machine {
  const hostname = `lane-${place}`
  const initramfs = buildImage(
    {
      kernel,
      modules: buildModules(kernel, folder),
      agent,
      programs: [buildProgram('vfork_thread', folder)],
      machineId: `${place}`.repeat(32),
      hostname,
    },
    folder,
  )
  return { kernel, hostname, initramfs }
}

async function runScenarios({ kernel, hostname, initramfs }: Machine, server: Server): Promise<void> {
  const { release } = kernel
  const booting = Date.now()
  const guest = await startGuest({
    kernelImage: join(kernel.root, 'boot', `vmlinuz-${release}`),
    initramfs,
    console: join(folder, `console-${release}`),
  })
  running.add(guest)
  try {
    console.log(`- ${release} booted (${seconds(booting)})`)
    const settings = [
      `GRAFTWATCH_URL=http://10.0.2.2:${server.port}`,
      `GRAFTWATCH_TOKEN=${server.enrollmentToken}`,
      'GRAFTWATCH_STATE_DIR=/tmp/agent',
    ]
    await guest.run(`${settings.join(' ')} node /agent.mjs run < /dev/null > /tmp/agent.log 2>&1 & true`)
    const lane = new Lane(guest, server, hostname)
    for (const [index, { name, run }] of scenarios.entries()) {
      const started = Date.now()
      try {
        await run(lane)
        passed++
        console.log(`ok     ${release}: ${name} (${seconds(started)})`)
      } catch (error) {
        fail(`${release}: ${name} (${seconds(started)})`, error)
        const said = await guest.tryRun('tail -5 /tmp/agent.log; dmesg | tail -15').catch(String)
        console.log(`agent and kernel said:\n${said}`)
        // What came after would start from another state than the one it was written for.
        for (const left of scenarios.slice(index + 1)) fail(`${release}: ${left.name}`, 'not run')
        return
      }
    }
  } finally {
    running.delete(guest)
    await guest.stop()
  }
}

try {
  mkdirSync(cache, { recursive: true })
  needPrograms()
  const kernels = fetchKernels(cache)
  console.log(`- kernels ${kernels.map(({ release }) => release).join(' and ')} (${seconds(begun)})`)
  const machines = kernels.map((kernel, index) => build(kernel, index + 1))
  console.log(`- patches and images built (${seconds(begun)})`)
  const server = await startServer()
  running.add(server)
  try {
    await Promise.all(
      machines.map((machine) =>
        runScenarios(machine, server).catch((error) => fail(machine.kernel.release, error)),
      ),
    )
  } finally {
    running.delete(server)
    await server.stop()
  }
} catch (error) {
  fail('the kernel lane', error)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`- the kernel lane took ${seconds(begun)}`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
