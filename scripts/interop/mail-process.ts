/** An SMTP server on the port it is given. Prints each mail it takes as one line of JSON. */
import { SMTPServer } from 'smtp-server'

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, { envelope }, done) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const { mailFrom, rcptTo } = envelope
      const line = {
        from: mailFrom ? mailFrom.address : null,
        to: rcptTo.map(({ address }) => address),
        raw: Buffer.concat(chunks).toString('base64'),
      }
      console.log(JSON.stringify(line))
      done()
    })
  },
})
server.listen(Number(process.argv[2]), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
