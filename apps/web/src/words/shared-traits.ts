import type { CauseDetail } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

export type SharedTrait = CauseDetail['shared'][number]

export const traitWords: Record<SharedTrait['kind'], string> = {
  label: 'label',
  kernel: 'kernel',
  os: 'system',
}

/** `kernel 5.14.0: 38 of 38 held hosts, 2 of 400 peers` */
export function sharedSentence(
  { kind, value, held, peers }: SharedTrait,
  { comparedHeld, comparedPeers }: Pick<CauseDetail, 'comparedHeld' | 'comparedPeers'>,
): string {
  return `${traitWords[kind]} ${visibleText(value)}: ${number(held)} of ${counted(comparedHeld, 'held host')}, ${number(peers)} of ${counted(comparedPeers, 'peer')}`
}

/** The best single clue, as a clause: `all 38 run kernel 5.14.0, and 2 of 400 peers do`. Null where nothing sets them apart. */
export function clueSentence(detail: CauseDetail): string | null {
  const [trait] = detail.shared
  if (trait === undefined) return null
  const { comparedHeld, comparedPeers } = detail
  const share =
    trait.held === comparedHeld
      ? `All ${number(comparedHeld)}`
      : `${number(trait.held)} of ${number(comparedHeld)}`
  const verb = trait.kind === 'label' ? 'have the label' : trait.kind === 'kernel' ? 'run kernel' : 'run'
  return `${share} ${verb} ${visibleText(trait.value)}, against ${number(trait.peers)} of ${counted(comparedPeers, 'peer')} that ${comparedPeers === 1 ? 'is' : 'are'} not held.`
}
