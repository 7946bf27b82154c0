import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Starts the system under test in a process of its own; the returned function ends it. Tests find it through the environment. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const stack = spawn(process.execPath, [fileURLToPath(new URL('stack-process.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const addresses = await new Promise<string>((done, fail) => {
    createInterface({ input: stack.stdout }).once('line', done)
    stack.once('exit', (code) =>
      fail(new Error(`The stack under test did not start (exit ${code}); see above.`)),
    )
  })
  process.env.GRAFTWATCH_STACK = addresses
  return () =>
    new Promise((done) => {
      stack.once('exit', () => done())
      stack.kill('SIGTERM')
    })
}
