import { OperatorError } from '@graftwatch/db'
import { supervise } from './supervisor/supervise.ts'

/** As `npm start`, with an API that starts again and a dashboard that reloads when a file changes. */
try {
  await supervise({ demo: !process.argv.includes('--no-demo'), watch: true })
} catch (error) {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exitCode = 1
}
