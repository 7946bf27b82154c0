import { agentLevels, type HostState, hostFlags, hostStates } from '@graftwatch/contract/vocabulary'
import type { HostFacets } from '../../../../api/types.ts'
import { flagWords } from '../../../../words/flags.ts'
import { stateWords } from '../../../../words/states.ts'
import { conjunction, requirementsOf, without } from '../label-selector.ts'
import { type HostsView, hostsHref } from '../search-params.ts'

/** A value of a facet. `word`: how it reads, where that is another than the value. `href`: with the condition, or without it. */
export type FacetValue = {
  value: string
  word?: string
  n: number
  on: boolean
  href: string
  state?: HostState
}
export type FacetGroup = { name: string; values: FacetValue[] }

const toggled = <Value>(values: readonly Value[], value: Value): Value[] =>
  values.includes(value) ? values.filter((each) => each !== value) : [...values, value]

/** The facets as groups of links; those without values are left out. */
export function facetGroups(view: HostsView, facets: HostFacets): FacetGroup[] {
  const href = (changes: Partial<HostsView>) => hostsHref({ ...view, ...changes, cursor: '' })
  const groups: FacetGroup[] = [
    {
      name: 'State',
      values: hostStates.flatMap((state) => {
        const n = facets.state.find(({ value }) => value === state)?.n ?? 0
        const on = view.states.includes(state)
        if (n === 0 && !on) return []
        const states = toggled(view.states, state)
        return [{ value: state, word: stateWords[state].word, n, on, state, href: href({ states }) }]
      }),
    },
    {
      name: 'Patch',
      values: facets.patch.map(({ value, n }) => ({
        value,
        n,
        on: view.patches.includes(value),
        href: href({ patches: toggled(view.patches, value) }),
      })),
    },
    {
      name: 'Kernel',
      values: facets.kernel.map(({ value, n }) => ({
        value,
        n,
        on: view.kernels.includes(value),
        href: href({ kernels: toggled(view.kernels, value) }),
      })),
    },
    { name: 'Labels', values: labelValues(view, facets, href) },
    {
      name: 'Flags',
      values: facets.flag.flatMap(({ value, n }) => {
        const flag = hostFlags.find((each) => each === value)
        if (flag === undefined) return []
        const flags = toggled(view.flags, flag)
        return [
          { value, word: flagWords[flag].word, n, on: view.flags.includes(flag), href: href({ flags }) },
        ]
      }),
    },
    {
      name: 'Agent level',
      values: facets.level.flatMap(({ value, n }) => {
        const level = agentLevels.find((each) => each === value)
        if (level === undefined) return []
        const levels = toggled(view.levels, level)
        return [{ value, word: level, n, on: view.levels.includes(level), href: href({ levels }) }]
      }),
    },
  ]
  return groups.filter(({ values }) => values.length > 0)
}

/** Labels as `key=value`, most hosts first. */
function labelValues(
  view: HostsView,
  facets: HostFacets,
  href: (changes: Partial<HostsView>) => string,
): FacetValue[] {
  const set = requirementsOf(view.selector)
  return facets.label
    .flatMap(({ key, values }) => values.map(({ value, n }) => ({ value: `${key}=${value}`, n })))
    .toSorted((a, b) => b.n - a.n)
    .slice(0, 24)
    .map(({ value, n }) => ({
      value,
      n,
      on: set.includes(value),
      href: href({
        selector: set.includes(value) ? without(view.selector, value) : conjunction(view.selector, value),
      }),
    }))
}
