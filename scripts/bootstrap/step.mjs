import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export class Trouble extends Error {
  constructor(message, output = '') {
    super(message)
    this.output = output
  }
}

/** Runs one step and says how long it takes; its own words appear only if it fails. */
export async function step(title, program, parameters, { env = process.env, failed }) {
  const begin = Date.now()
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(0)} s`
  console.log(`- ${title} ...`)
  const ticker = setInterval(() => console.log(`  still ${title} (${seconds()})`), 15_000)
  let output = ''
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(program, parameters, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
      const stop = (signal) => {
        child.kill(signal)
        process.exit(signal === 'SIGINT' ? 130 : 143)
      }
      process.once('SIGINT', stop).once('SIGTERM', stop)
      const keep = (chunk) => {
        output = (output + chunk).slice(-64_000)
      }
      child.stdout.on('data', keep)
      child.stderr.on('data', keep)
      child.on('error', reject)
      child.on('close', (code) => {
        process.off('SIGINT', stop).off('SIGTERM', stop)
        if (code === 0) resolve()
        else reject(new Trouble(failed, output))
      })
    })
  } finally {
    clearInterval(ticker)
  }
  console.log(`  done in ${seconds()}`)
}
