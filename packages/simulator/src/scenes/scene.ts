import type { SceneHost } from '../simulated-host.ts'

/** A story the demo tells, with the hosts it happens on. */
export interface Scene {
  /** Value of the label `graftwatch.io/demo` on each of its hosts. */
  readonly name: string
  readonly title: string
  readonly hosts: readonly SceneHost[]
}

/** Labels of a demo host; the first says that it is one. */
export const demoLabels = (
  scene: string,
  env: string,
  team: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => ({ 'graftwatch.io/demo': scene, env, team, ...more })

export const minutes = (count: number): number => count * 60
export const days = (count: number): number => count * 86_400
