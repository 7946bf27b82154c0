import { main } from './main.ts'

// Not process.exit: it would cut off a report still on its way into a pipe.
process.exitCode = await main(process.argv.slice(2))
