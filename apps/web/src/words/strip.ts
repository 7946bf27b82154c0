import type { StripData } from '../components/universe-strip/strip-data.ts'
import { counted, number, percent } from './numbers.ts'
import { confidenceWords } from './tasks.ts'

/** Why the task counts are not the whole truth, or null when they are. */
export function confidenceSentence(
  strip: Pick<StripData, 'confidence' | 'confidenceReason' | 'tasks'>,
): string | null {
  if (strip.confidence === 'full') return null
  const because = strip.confidenceReason === null ? '' : `: ${confidenceWords[strip.confidenceReason]}`
  if (strip.confidence === 'none') return `No task can be read here${because}.`
  return `Counts are lower bounds${because}.`
}

/** What the strip shows, in one or two sentences, for those who do not see it. */
export function stripSentence(strip: StripData, complete: boolean): string {
  const { tasks } = strip
  const target = strip.direction === 'unpatching' ? 'original' : 'patched'
  const origin = strip.direction === 'unpatching' ? 'patched' : 'original'
  if (tasks.total === null || tasks.migrated === null || tasks.remaining === null) {
    return confidenceSentence(strip) ?? 'The tasks of this host are not readable.'
  }
  if (complete) return `Complete: ${counted(tasks.total, 'task')} in the ${target} universe.`
  const hidden = tasks.idleHidden > 0 ? ` ${counted(tasks.idleHidden, 'idle task')} cannot be seen.` : ''
  const unreadable = tasks.unreadable > 0 ? ` ${counted(tasks.unreadable, 'task')} could not be read.` : ''
  return `${number(tasks.migrated)} of ${counted(tasks.total, 'task')} in the ${target} universe, ${number(tasks.remaining)} still in the ${origin} one.${hidden}${unreadable}`
}

const milestones = [50, 90, 99]

/** What a screen reader should hear when one reading follows another, or null when nothing is worth a word. */
export function stripAnnouncement(before: StripData, after: StripData): string | null {
  if (before.state !== 'stuck' && after.state === 'stuck') return `Stuck: ${stripSentence(after, false)}`
  const [then, now] = [shareOf(before), shareOf(after)]
  if (then === null || now === null) return null
  const passed = milestones.filter((mark) => then < mark && now >= mark).at(-1)
  if (passed === undefined) return null
  return `${percent(after.tasks.migrated ?? 0, after.tasks.total ?? 0)} migrated, ${number(after.tasks.remaining ?? 0)} remain.`
}

const shareOf = ({ tasks }: StripData): number | null =>
  tasks.total === null || tasks.migrated === null || tasks.total === 0
    ? null
    : (tasks.migrated / tasks.total) * 100
