import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle, version } from '../packaging/bundle.mjs'
import { deb } from '../packaging/deb.ts'
import { hasProgram, noThrowawayHost, type ThrowawayHost, throwawayHost } from './throwaway-host.ts'

const packaging = fileURLToPath(new URL('../packaging/', import.meta.url))
const obstacle = noThrowawayHost()
const isPossible = obstacle === null && hasProgram('systemd-sysusers') && hasProgram('curl')

/** What systemd would do with the service: start it as its user, with the settings of its file. */
const systemctl = `#!/bin/sh
[ "$1" = restart ] || exit 0
set -a; . /etc/graftwatch-agent.env; GRAFTWATCH_STATE_DIR=/var/lib/graftwatch-agent
mkdir -p "$GRAFTWATCH_STATE_DIR"; chown graftwatch:graftwatch "$GRAFTWATCH_STATE_DIR"; chmod 0700 "$GRAFTWATCH_STATE_DIR"
exec setpriv --reuid=graftwatch --regid=graftwatch --clear-groups --no-new-privs graftwatch-agent once
`

describe.skipIf(!isPossible)(
  `install.sh as root on a throwaway copy of this machine${obstacle ? ` (${obstacle})` : ''}`,
  () => {
    let host: ThrowawayHost
    let server: Server
    let url: string
    const asked: string[] = []

    beforeAll(async () => {
      const single = await bundle('esm')
      const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
      // Of the name that a host without Node.js asks for; that it holds the single file makes no difference to dpkg.
      const built = deb(
        { name: 'graftwatch-agent.mjs', content: single },
        { version, epochSeconds: 1_790_000_000, arch },
      )
      const text = (name: string): Buffer => readFileSync(`${packaging}${name}`)
      const files = new Map<string, Buffer>([
        ['graftwatch-agent.mjs', single],
        [built.name, built.content],
        ...['service', 'sysusers', 'sh'].map((kind): [string, Buffer] => [
          `graftwatch-agent.${kind}`,
          text(`graftwatch-agent.${kind}`),
        ]),
        ...['progress', 'causes', 'full'].map((level): [string, Buffer] => [
          `graftwatch-agent.${level}.conf`,
          text(`levels/${level}.conf`),
        ]),
      ])
      const sums = [...files].map(
        ([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`,
      )
      files.set('SHA256SUMS', Buffer.from(sums.join('')))
      server = createServer((request, response) => {
        const path = request.url ?? ''
        asked.push(path)
        request.resume()
        const file = files.get(path.replace('/agent/', ''))
        if (path === '/v1/enroll')
          response.end(JSON.stringify({ hostId: '1', hostKey: 'k', lastSequence: 0 }))
        else if (path.startsWith('/v1/'))
          response.end(JSON.stringify({ nextIntervalSeconds: 60, sendReport: false, lastSequence: 0 }))
        else if (file) response.end(file)
        else response.writeHead(404).end()
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

      host = throwawayHost()
      for (const path of ['root', 'usr/local/bin', 'run/systemd/system'])
        mkdirSync(join(host.upper, path), { recursive: true })
      writeFileSync(join(host.upper, 'root/install.sh'), text('install.sh'))
      writeFileSync(join(host.upper, 'usr/local/bin/systemctl'), systemctl, { mode: 0o755 })
      copyFileSync(process.execPath, join(host.upper, 'usr/local/bin/node'))
    }, 60_000)
    afterAll(async () => {
      host.remove()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })

    const install = (settings: string) =>
      host.run(`GRAFTWATCH_URL=${url} GRAFTWATCH_TOKEN=secret-token ${settings} sh /root/install.sh`)

    test.each([
      ['file', '/usr/local/lib/graftwatch/graftwatch-agent.mjs'] as const,
      ...(hasProgram('dpkg') ? [['package', '/usr/lib/graftwatch-agent/graftwatch-agent.mjs'] as const] : []),
    ])(
      'as a %s it enrolls, forgets the token, and --remove leaves nothing',
      { timeout: 60_000 },
      async (form, program) => {
        asked.length = 0
        const installed = await install(`GRAFTWATCH_FORM=${form} GRAFTWATCH_LEVEL=progress`)
        expect(installed).toMatchObject({ code: 0 })
        expect(installed.output).toContain(`reports to ${url}.`)
        expect(asked.slice(-2)).toEqual(['/v1/enroll', '/v1/reports'])
        expect(host.changed()).toContain(program)
        const settings = readFileSync(join(host.upper, 'etc/graftwatch-agent.env'), 'utf8')
        expect(settings).toBe(`GRAFTWATCH_URL=${url}\n`)
        const dropIn = 'etc/systemd/system/graftwatch-agent.service.d/10-level.conf'
        expect(readFileSync(join(host.upper, dropIn), 'utf8')).toContain('Level "progress"')

        const removed = await host.run('sh /root/install.sh --remove')
        expect(removed).toMatchObject({ code: 0 })
        expect(host.changed().filter((path) => path.includes('graftwatch'))).toEqual([])
        expect((await host.run('getent passwd graftwatch; getent group graftwatch; true')).output).toBe('')
      },
    )

    test('where systemd does not run it says so and installs nothing', async () => {
      const { code, output } = await host.run(
        `rmdir /run/systemd/system; GRAFTWATCH_URL=${url} GRAFTWATCH_TOKEN=t sh /root/install.sh; code=$?; mkdir /run/systemd/system; exit $code`,
      )
      expect({ code, output }).toEqual({
        code: 1,
        output: expect.stringContaining('systemd does not run here'),
      })
      expect(host.changed().filter((path) => path.includes('graftwatch'))).toEqual([])
    })
  },
)
