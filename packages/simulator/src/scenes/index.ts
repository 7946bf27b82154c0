import { background } from './background.ts'
import { noNudge } from './no-nudge.ts'
import type { Scene } from './scene.ts'
import { selfClearing } from './self-clearing.ts'
import { stuckVfork } from './stuck-vfork.ts'

/** The demo, scene by scene; the hosts of the first speak first. */
export const scenes: readonly Scene[] = [stuckVfork, noNudge, selfClearing, background]

export type { Scene } from './scene.ts'
export { background, noNudge, selfClearing, stuckVfork }
