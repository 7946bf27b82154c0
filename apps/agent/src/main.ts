import { parseArgs } from 'node:util'
import { doctor } from './commands/doctor.ts'
import { enroll } from './commands/enroll.ts'
import { once } from './commands/once.ts'
import { run } from './commands/run.ts'
import { snapshot } from './commands/snapshot.ts'
import { Failure } from './failure.ts'
import { readSettings } from './settings.ts'
import { agentVersion } from './version.ts'

const help = `graftwatch-agent ${agentVersion}: reports the kernel's own live-patch state. It only reads.

  snapshot [--root DIR] [--pretty]   print one report as JSON and send nothing
  enroll --url U [--token T] [--root DIR]   register this host; the token is better given as GRAFTWATCH_TOKEN
  run [--root DIR]                   report for as long as it runs
  once [--root DIR]                  report and exit; stays while a transition runs
  doctor [--root DIR]                what can be read and delivered here, and the line that grants what is missing
  --version, --help

DIR holds proc/, sys/ and etc/ of the host, as where a container has them mounted.
Environment: GRAFTWATCH_URL, GRAFTWATCH_TOKEN, GRAFTWATCH_LABELS (env=prod,team=x),
GRAFTWATCH_COMMAND_LINES (1 sends those of blocking processes),
GRAFTWATCH_INTERVAL_SECONDS (60; until the server names another), GRAFTWATCH_STATE_DIR (/var/lib/graftwatch-agent).
Exit codes: 0 ok, 1 failed, 2 usage, or a key that the server no longer knows.
`

const print = (text: string): void => {
  process.stdout.write(text)
}

/** Runs one command line. Resolves with the exit code: 0 ok, 1 failed, 2 what trying again does not heal. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv)
  } catch (error) {
    if (error instanceof Failure) {
      process.stderr.write(`graftwatch-agent: ${error.message}\n`)
      return error.exitCode
    }
    process.stderr.write(
      `graftwatch-agent: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`,
    )
    return 1
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  const settings = (root = '/') => readSettings(process.env, root)
  switch (command) {
    case 'snapshot': {
      const options = flags(rest, { root: { type: 'string' }, pretty: { type: 'boolean' } })
      await snapshot(options, settings(), print)
      return 0
    }
    case 'doctor':
      return await doctor(settings(flags(rest, { root: { type: 'string' } }).root), print)
    case 'enroll': {
      const options = flags(rest, {
        url: { type: 'string' },
        token: { type: 'string' },
        root: { type: 'string' },
      })
      await enroll(options, settings(options.root), print)
      return 0
    }
    case 'run':
      await run(settings(flags(rest, { root: { type: 'string' } }).root))
      return 0
    case 'once':
      await once(settings(flags(rest, { root: { type: 'string' } }).root))
      return 0
    case '--version':
      print(`${agentVersion}\n`)
      return 0
    case '--help':
    case 'help':
      print(help)
      return 0
    default:
      throw new Failure(
        `${command === undefined ? 'a command is missing' : `there is no command "${command}"`}.\n\n${help}`,
        2,
      )
  }
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>

function flags<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n\n${help}`, 2)
  }
}
