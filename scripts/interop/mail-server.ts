import { connect } from 'node:net'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { freePort } from '../../apps/web/e2e/free-port.ts'
import { root } from '../supervisor/settings.ts'
import { startChild } from './child.ts'
import { until } from './until.ts'

export interface TakenMail {
  /** Of the envelope. */
  from: string
  to: string[]
  mail: Email
}

export interface MailServer {
  port: number
  /** Oldest first, parsed as a mail program does. */
  taken: TakenMail[]
}

/** A real SMTP server, as a process of its own. */
export async function startMailServer(): Promise<MailServer> {
  const port = await freePort()
  const taken: TakenMail[] = []
  startChild(process.execPath, [join(root, 'scripts/interop/mail-process.ts'), String(port)], (line) => {
    if (!line.startsWith('{')) return
    const { from, to, raw } = JSON.parse(line) as { from: string; to: string[]; raw: string }
    void PostalMime.parse(Buffer.from(raw, 'base64')).then((mail) => taken.push({ from, to, mail }))
  })
  await until(
    'the mail server listens',
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          resolve(true)
        })
        socket.on('error', () => resolve(false))
      }),
  )
  return { port, taken }
}
