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

/** Where a machine stands, as inventories say it. */
export const placed = (region: string, rack: string): Record<string, string> => ({ region, rack })

/** `prefix` with numbers of at least `digits` digits: names('kvm-', 1, 3, 2) are kvm-01, kvm-02, kvm-03. */
export const names = (prefix: string, from: number, to: number, digits = 1): string[] =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => `${prefix}${String(from + index).padStart(digits, '0')}`,
  )

export const hours = (count: number): number => count * 3_600
export const minutes = (count: number): number => count * 60
export const days = (count: number): number => count * 86_400
