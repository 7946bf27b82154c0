import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A real mail server for tests. Its certificate is for localhost, signed by itself, and of use nowhere else. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2jhf239FAR9sYCbZ
+5ZCTWko99y92dxZ0k8kRLMMfamhRANCAATLxruskSJTaG1d2hLMPpPspTDYBURS
Mlzdmbap4OrdcujmQQeTRATqZqtTZv3R66IT53ZecCr1fQnTJxQJPXwN
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUE5mFERNVyYgWZbj5bk4n4mmKoKEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjA1MTAzMloYDzIxMjYxMTAy
MDUxMDMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATLxruskSJTaG1d2hLMPpPspTDYBURSMlzdmbap4OrdcujmQQeTRATq
ZqtTZv3R66IT53ZecCr1fQnTJxQJPXwNo2kwZzAdBgNVHQ4EFgQUf5aJMdi4k6bL
YviB1V06zL8udPswHwYDVR0jBBgwFoAUf5aJMdi4k6bLYviB1V06zL8udPswFAYD
VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SQAwRgIhAIx+PODXMUufbRmbYtYGYRHva0K0286PPv68gEUPFgHGAiEA9lyMWVXy
cwrWxgTdQrXx7iloCYWMf/CoP/nX0VvugcU=
-----END CERTIFICATE-----`

export interface Letter {
  from: string
  to: string[]
  user: string | null
  isSecure: boolean
  text: string
}

export interface MailServer {
  port: number
  letters: Letter[]
  close(): Promise<void>
}

/** This process trusts the certificate of the test server from now on. */
export const trustTestServer = (): void => setDefaultCACertificates([...getCACertificates('default'), cert])

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const letters: Letter[] = []
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    logger: false,
    onAuth: ({ username, password }, _session, callback) =>
      password === 'right-password'
        ? callback(null, { user: username })
        : callback(new Error(`no such user, or not with ${password}`)),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        letters.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: session.user ? String(session.user) : null,
          isSecure: session.secure,
          text: Buffer.concat(chunks).toString('utf8'),
        })
        callback(null, 'queued')
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
