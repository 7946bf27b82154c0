import type { HostState } from '@graftwatch/contract/vocabulary'
import { stateWords } from '../words/states.ts'
import { StateGlyph } from './state-glyph.tsx'

/** A state as glyph and word. `tinted` sets it on its own tint, for the one place of a page that is about this state. */
export function StateBadge({ state, tinted = false }: { state: HostState; tinted?: boolean }) {
  return (
    <span
      data-state={state}
      className={
        tinted
          ? 'tint keep-shape inline-flex items-center gap-2 rounded-control px-2.5 py-1 text-14 font-semibold whitespace-nowrap text-state'
          : 'inline-flex items-center gap-2 text-13 font-medium whitespace-nowrap text-state'
      }
    >
      <StateGlyph state={state} size={tinted ? 13 : 12} />
      {stateWords[state].word}
    </span>
  )
}
