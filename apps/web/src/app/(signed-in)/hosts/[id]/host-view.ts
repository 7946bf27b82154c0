import { readPast } from '../../../../components/time-cursor/at.ts'
import { first, type SearchParams } from '../../../search-params.ts'
import { type Range, readRange } from './history-window.ts'

/** The view of a host; the URL is its only home. `at`: the instant looked at. `events`: a place in the list of what happened. */
export type HostView = { at: string | null; range: Range; events: string | null }

/** Reads the view from the URL. Never throws. */
export const readHostView = (params: SearchParams): HostView => ({
  at: readPast(params)?.at ?? null,
  range: readRange(first(params.range)),
  events: first(params.events).slice(0, 64) || null,
})
