/** The requirements of a Kubernetes label selector, as they are written: split at commas that stand in no list of values. */
export function requirementsOf(selector: string): string[] {
  return selector
    .split(/,(?![^()]*\))/)
    .map((requirement) => requirement.trim())
    .filter((requirement) => requirement !== '')
}

/** All of them must hold; each stands once. */
export const conjunction = (...selectors: readonly string[]): string =>
  [...new Set(selectors.flatMap(requirementsOf))].join(',')

/** The selector without one of its requirements. */
export const without = (selector: string, requirement: string): string =>
  requirementsOf(selector)
    .filter((each) => each !== requirement)
    .join(',')
