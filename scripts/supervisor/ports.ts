import { createServer } from 'node:net'
import { OperatorError } from '@graftwatch/db'
import { errorCode } from '@graftwatch/db/problem'

/** Throws one sentence that names the port and the variable that moves it. */
export async function checkPort(variable: string, port: number, host: string): Promise<void> {
  const code = await new Promise<string | undefined>((done) => {
    const server = createServer()
    server.once('error', (error) => done(errorCode(error) ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)))
  })
  if (code === undefined) return
  if (code === 'EADDRINUSE') {
    throw new OperatorError(
      `Port ${port} is taken by another program. Stop it, or set ${variable} to a free port: ${variable}=${port + 1} npm start`,
    )
  }
  if (code === 'EACCES')
    throw new OperatorError(
      `Port ${port} needs more privilege than this user has. Set ${variable} to a port above 1023.`,
    )
  throw new OperatorError(
    `Nothing can listen on ${host} (${code}). Set GRAFTWATCH_HOST to an address of this machine, such as 127.0.0.1.`,
  )
}

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}
