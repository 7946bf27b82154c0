import { main } from './main.ts'

// Until main says otherwise: a process that ends since nothing is left to wait for has not done what it was asked to.
process.exitCode = 1
// Not process.exit: it would cut off a report still on its way into a pipe. No await either: an executable holds CommonJS.
main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
})
