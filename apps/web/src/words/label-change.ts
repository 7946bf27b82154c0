import { listed } from './numbers.ts'

/** What a person wants of labels, and what of it cannot be. */
export type LabelChange = {
  set: Record<string, string>
  remove: string[]
  wrong: { set?: string; remove?: string }
}

// As in the contract, which checks again; repeated here since its schemas would bring a validator into the browser.
const key = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const value = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const parts = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '')

/** Reads `env=prod, team=db` as labels to set and `canary, zone` as keys to remove. */
export function labelChange(setText: string, removeText: string): LabelChange {
  const change: LabelChange = { set: {}, remove: [], wrong: {} }
  for (const part of parts(setText)) {
    const [name = '', ...rest] = part.split('=')
    const text = rest.join('=')
    if (rest.length === 0) change.wrong.set ??= `“${part}” has no value: write it as ${part}=…`
    else if (!key.test(name))
      change.wrong.set ??= `“${name}” is no label key, such as env or example.com/team.`
    else if (!value.test(text))
      change.wrong.set ??= `“${text}” is no label value: at most 63 letters, digits, - _ and dots.`
    else change.set[name] = text
  }
  for (const part of parts(removeText)) {
    if (!key.test(part)) change.wrong.remove ??= `“${part}” is no label key; the value is not named here.`
    else if (Object.hasOwn(change.set, part)) change.wrong.remove ??= `“${part}” is also to be set.`
    else change.remove.push(part)
  }
  return change
}

/** What would happen, in a sentence; null while nothing would. */
export function labelSentence({ set, remove }: LabelChange, hosts: string): string | null {
  const sets = Object.entries(set).map(([name, text]) => `${name}=${text}`)
  if (sets.length === 0 && remove.length === 0) return null
  const acts = [
    sets.length === 0 ? null : `Sets ${listed(sets)}`,
    remove.length === 0 ? null : `${sets.length === 0 ? 'Removes' : 'removes'} ${listed(remove)}`,
  ].filter((act) => act !== null)
  return `${acts.join(' and ')} on ${hosts}.`
}
