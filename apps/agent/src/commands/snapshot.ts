import { Failure } from '../failure.ts'
import { hostFiles } from '../host-files.ts'
import { createReader, isUnconfirmed } from '../report.ts'
import type { Settings } from '../settings.ts'

/**
 * Prints one report on stdout and sends nothing. While a transition runs it takes two readings, a second apart on a live
 * host, since one cannot tell the direction. Throws Failure when there is no /proc to read.
 */
export async function snapshot(
  options: { root?: string | undefined; pretty?: boolean | undefined },
  settings: Pick<Settings, 'labels' | 'sendsCommandLines'>,
  print: (text: string) => void,
): Promise<void> {
  const root = options.root ?? '/'
  const files = hostFiles(root)
  if (!files.exists('proc')) {
    throw new Failure(
      options.root === undefined
        ? 'This system has no /proc, so there is no kernel state to read: live patching is a Linux matter.'
        : `${root} holds no proc/. Pass the folder that holds proc/, sys/ and etc/ of a host.`,
    )
  }
  const reader = createReader({
    files,
    labels: settings.labels,
    sendsCommandLines: settings.sendsCommandLines,
  })
  try {
    let reading = await reader.read()
    if (isUnconfirmed(reading)) {
      await pauseOnLive(root)
      reading = await reader.read()
    }
    const report = { ...reading, sequence: 1 }
    print(`${JSON.stringify(report, null, options.pretty ? 2 : undefined)}\n`)
  } finally {
    reader.close()
  }
}

const pauseOnLive = (root: string): Promise<void> =>
  root === '/' ? new Promise((done) => setTimeout(done, 1000)) : Promise.resolve()
