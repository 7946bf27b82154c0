import { request } from 'node:http'
import type { HostFiles } from './host-files.ts'
import { type Answer, ask, onHostOnly, type Program, programs } from './programs.ts'

/** What only a vendor's client can tell. Null where the host has no such client; a throw says that it is there and failed. */
export interface VendorPrograms {
  kernelcareInfo(): Promise<Answer | null>
  kernelcareStatus(): Promise<Answer | null>
  /** Canonical's status as JSON or, from old clients, YAML. */
  canonicalStatus(): Promise<string | null>
}

const canonicalSocket = '/var/snap/canonical-livepatch/current/livepatchd.sock'

/** The clients of this host. One of a host seen from outside is not run: what runs here would speak of another host. */
export function vendorPrograms(files: HostFiles): VendorPrograms {
  if (!files.isLive)
    return vendorProgramsBy(async ({ paths }) => {
      if (paths.some((path) => files.exists(path.slice(1)))) throw new Error(onHostOnly)
      return null
    }, null)
  return vendorProgramsBy(ask, files.exists(canonicalSocket.slice(1)) ? canonicalSocket : null)
}

/** The same by another way to run a program, and another socket. */
export function vendorProgramsBy(
  run: (program: Program) => Promise<Answer | null>,
  socket: string | null,
): VendorPrograms {
  return {
    kernelcareInfo: () => run(programs.kernelcareInfo),
    kernelcareStatus: () => run(programs.kernelcareStatus),
    async canonicalStatus() {
      const said = socket === null ? null : await askSocket(socket).catch(() => null)
      if (said !== null) return said
      const answer = await run(programs.canonicalStatus)
      if (answer === null) return null
      if (answer.exitCode === 0 || answer.output.trim() !== '') return answer.output
      throw new Error(`ended with ${answer.exitCode} and said nothing`)
    },
  }
}

const socketTimeoutMs = 5000
const maxBytes = 512 * 1024

/** GET /status as Ubuntu's own tools ask it; null for any answer but 200. Throws when nobody answers in time. */
function askSocket(socketPath: string): Promise<string | null> {
  return new Promise((answered, failed) => {
    const asked = request(
      { socketPath, path: '/status?verbosity=3&format=json', timeout: socketTimeoutMs, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > maxBytes) asked.destroy(new Error('the status is too long'))
          else chunks.push(chunk)
        })
        response.on('error', failed)
        response.on('end', () =>
          answered(response.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : null),
        )
      },
    )
    // The request's own time-out starts anew with each byte.
    const timer = setTimeout(() => asked.destroy(new Error('no answer in time')), socketTimeoutMs)
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', failed)
    asked.on('close', () => clearTimeout(timer))
    asked.end()
  })
}
