import { background } from './background.ts'
import { billingServers } from './billing-servers.ts'
import { busyVhost } from './busy-vhost.ts'
import { containerHost } from './container-host.ts'
import { crashWave } from './crash-wave.ts'
import { estate } from './estate.ts'
import { forced } from './forced.ts'
import { kgraft } from './kgraft.ts'
import { noNudge } from './no-nudge.ts'
import { ownLoop } from './own-loop.ts'
import { rebootWave } from './reboot-wave.ts'
import type { Scene } from './scene.ts'
import { selfClearing } from './self-clearing.ts'
import { silent } from './silent.ts'
import { stuckVfork } from './stuck-vfork.ts'

/** The demo, scene by scene; the hosts of the first speak first. */
export const scenes: readonly Scene[] = [
  stuckVfork,
  containerHost,
  ownLoop,
  noNudge,
  selfClearing,
  kgraft,
  forced,
  busyVhost,
  crashWave,
  rebootWave,
  silent,
  background,
  billingServers,
  estate,
]

export type { Scene } from './scene.ts'
export { background, noNudge, selfClearing, stuckVfork }
