import { spawn, spawnSync } from 'node:child_process'
import { build } from './build.mjs'
import { install } from './install.mjs'
import { findNode } from './node.mjs'
import { root } from './step.mjs'
import { explain } from './trouble.mjs'

/** What each command needs built. */
const commands = {
  start: ['db', 'agent', 'web'],
  test: ['db', 'agent', 'web'],
  e2e: ['db', 'agent', 'web'],
  bench: ['db', 'agent', 'web'],
  dev: ['db', 'agent'],
  verify: ['db'],
  package: [],
  'db:migrate': [],
  'db:check': [],
  'test:interop': ['db', 'agent', 'web'],
  'test:kernel': ['db', 'agent'],
}

/** Known here too, so that a typing error is told at once and not after an installation. */
const startOptions = ['--no-demo', '--remove-demo', '--help', '-h']

export async function run([command, ...options]) {
  const needs = commands[command]
  const unknown = command === 'start' ? options.find((option) => !startOptions.includes(option)) : undefined
  if (!needs) {
    console.error(`Unknown command ${command ?? ''}. There are: ${Object.keys(commands).join(', ')}.`)
    process.exit(2)
  }
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. npm start -- --help lists the options.`)
    process.exit(2)
  }
  let node
  try {
    // What asks for help, or is mistyped, should not wait for a build.
    const talk = command === 'start' && options.some((option) => option === '--help' || option === '-h')
    await install()
    node = findNode()
    const removes = options.includes('--remove-demo')
    if (command === 'start' && !talk && !removes) refuseSecondStart(node)
    if (!talk) await build(removes ? ['db'] : needs, node)
  } catch (error) {
    console.error(explain(error))
    process.exit(1)
  }
  handOver(node, [`scripts/${command.replace(':', '-')}.ts`, ...options])
}

function refuseSecondStart(node) {
  const script = 'scripts/supervisor/before-build.ts'
  const { status } = spawnSync(node, ['--disable-warning=ExperimentalWarning', script], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

function handOver(node, parameters) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...parameters], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  // Ctrl-C reaches the child by itself; a signal sent to this process alone must be passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(explain(error))
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    process.exit(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1))
  })
}
