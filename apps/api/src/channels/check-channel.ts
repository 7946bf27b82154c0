import { lookup } from 'node:dns/promises'
import type { ChannelTarget, WriteChannel } from '@graftwatch/contract'
import { requireSelector } from '../fleet/label-selector.ts'
import { ProblemError } from '../http/problem.ts'
import { holdSeconds } from './alertmanager.ts'
import { AddressRefused, allowedOf, checkLiteral } from './guarded-lookup.ts'

const lookupMs = 3000

/** A refusal that points at its field. */
export const refused = (field: string, message: string, remedy: string) =>
  new ProblemError('INVALID_INPUT', {
    detail: `body${field}: ${message}`,
    remedy,
    fields: [{ field, message }],
  })

/** Where a message goes to, and which field says so. */
export function destinationOf(target: ChannelTarget): { host: string; place: string; field: string } | null {
  if (target.type === 'email')
    return { host: target.host, place: `${target.host}:${target.port}`, field: '/target/host' }
  if (target.url === undefined) return null
  const { hostname, origin } = new URL(target.url)
  return { host: hostname, place: origin, field: '/target/url' }
}

/** Addresses of a name, [] when it does not resolve now: that may pass, and a test says so. */
async function resolved(host: string) {
  const ended = new Promise<[]>((resolve) => {
    setTimeout(() => resolve([]), lookupMs).unref()
  })
  return await Promise.race([lookup(host, { all: true }).catch(() => []), ended])
}

async function checkAddress(target: ChannelTarget, allowPrivate: boolean): Promise<void> {
  const destination = destinationOf(target)
  if (!destination) return
  const { host, field } = destination
  try {
    checkLiteral(host, allowPrivate)
    allowedOf(host, await resolved(host), allowPrivate)
  } catch (error) {
    if (!(error instanceof AddressRefused)) throw error
    throw refused(
      field,
      error.message,
      'Set allowPrivate if this receiver is meant, or enter a public address.',
    )
  }
}

function checkUrl(target: ChannelTarget): void {
  if (target.type === 'email' || target.url === undefined) return
  const { username, password } = new URL(target.url)
  if (username || password)
    throw refused(
      '/target/url',
      'must not hold a user or a password',
      'An Alertmanager has fields of their own for them; a webhook is signed instead.',
    )
}

/** The same text every 30 s is of use to a program, and to nobody who reads. */
const beats: readonly ChannelTarget['type'][] = ['webhook', 'alertmanager', 'email']

/** Refuses what would be wrong each time it is used, with the field. Throws INVALID_INPUT. */
export async function checkChannel({
  selector,
  target,
  allowPrivate,
  heartbeatSeconds,
}: WriteChannel): Promise<void> {
  requireSelector(selector)
  if (heartbeatSeconds !== null && !beats.includes(target.type))
    throw refused(
      '/heartbeatSeconds',
      `is not for channels of type ${target.type}`,
      'Use a webhook, an Alertmanager or mail for a dead-man’s switch.',
    )
  if (heartbeatSeconds !== null && target.type === 'alertmanager' && heartbeatSeconds > holdSeconds / 2)
    throw refused(
      '/heartbeatSeconds',
      `must be at most ${holdSeconds / 2} for an Alertmanager, which holds an alert for ${holdSeconds} s`,
      'Choose a shorter interval, so that one lost heartbeat raises no alarm.',
    )
  checkUrl(target)
  await checkAddress(target, allowPrivate)
}
