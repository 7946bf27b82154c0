import type { HostState } from '@graftwatch/contract/vocabulary'
import type { Problem } from '../../../../api/types.ts'
import { flagWords } from '../../../../words/flags.ts'
import { stateWords } from '../../../../words/states.ts'
import { requirementsOf, without } from '../label-selector.ts'
import type { HostsView } from '../search-params.ts'

/** A condition of the filter: how it reads, the view without it, and what is wrong with it, if anything. */
export type Chip = {
  key: string
  /** What kind of condition, before the value; empty where the value says it. */
  term: string
  value: string
  state?: HostState
  without: HostsView
  reason: string | null
}

/** Every condition but the words in the field, in the order of the filter. `problem`: what the API said about the filter. */
export function filterChips(view: HostsView, problem: Problem | null): Chip[] {
  const saidOf = (field: string): string | null =>
    problem?.errors?.find((error) => error.field === `/${field}` || error.field.startsWith(`/${field}/`))
      ?.message ?? null
  const drop = <Value>(values: readonly Value[], value: Value) => values.filter((each) => each !== value)
  const then = (changes: Partial<HostsView>): HostsView => ({ ...view, ...changes, cursor: '' })
  return [
    ...view.states.map((state) => ({
      key: `state:${state}`,
      term: '',
      value: stateWords[state].word,
      state,
      without: then({ states: drop(view.states, state) }),
      reason: null,
    })),
    ...requirementsOf(view.selector).map((requirement) => ({
      key: `label:${requirement}`,
      term: 'label',
      value: requirement,
      without: then({ selector: without(view.selector, requirement) }),
      reason: saidOf('selector'),
    })),
    ...view.kernels.map((kernel) => ({
      key: `kernel:${kernel}`,
      term: 'kernel',
      value: kernel,
      without: then({ kernels: drop(view.kernels, kernel) }),
      reason: saidOf('kernel'),
    })),
    ...view.patches.map((patch) => ({
      key: `patch:${patch}`,
      term: 'patch',
      value: patch,
      without: then({ patches: drop(view.patches, patch) }),
      reason: saidOf('patch'),
    })),
    ...view.flags.map((flag) => ({
      key: `flag:${flag}`,
      term: 'flag',
      value: flagWords[flag].word,
      without: then({ flags: drop(view.flags, flag) }),
      reason: null,
    })),
    ...view.levels.map((level) => ({
      key: `level:${level}`,
      term: 'agent level',
      value: level,
      without: then({ levels: drop(view.levels, level) }),
      reason: null,
    })),
    ...(view.cause === ''
      ? []
      : [
          {
            key: 'cause',
            term: 'cause',
            value: view.cause,
            without: then({ cause: '' }),
            reason: saidOf('cause'),
          },
        ]),
    ...(view.retired
      ? [{ key: 'retired', term: '', value: 'Retired', without: then({ retired: false }), reason: null }]
      : []),
    ...view.wrong.map((token) => ({
      key: `wrong:${token.text}`,
      term: '',
      value: token.text,
      without: then({ wrong: drop(view.wrong, token) }),
      reason: token.reason,
    })),
  ]
}
