import { main } from './main.ts'

// Not process.exit: it would cut off a report still on its way into a pipe. No await either: an executable holds CommonJS.
main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
})
