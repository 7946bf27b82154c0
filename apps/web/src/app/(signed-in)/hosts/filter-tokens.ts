/** A token that means nothing, and why. */
export type WrongToken = { text: string; reason: string }

/** What was typed, taken apart. Values of `states`, `flags` and `levels` are not checked here. */
type Tokens = {
  states: string[]
  kernels: string[]
  patches: string[]
  flags: string[]
  levels: string[]
  cause: string
  retired: boolean
  selector: string
  /** The words that are no token: a part of a host's name. */
  q: string
  wrong: WrongToken[]
}

/** What a token can begin with, before its colon. */
export const tokenKeys = ['state', 'kernel', 'patch', 'flag', 'level', 'cause', 'label', 'retired'] as const

/** `env in (a, b)` and `env notin (…)`, then everything between white space. */
const token = /[^\s()!=:,]+\s+(?:not)?in\s*\([^)]*(?:\)|$)|\S+/g
const listRequirement = /^\S+\s+(?:not)?in\s*\(/
const comparison = /^[^\s:=!]+(?:!=|==?)/

/**
 * Takes a typed filter apart: `state:stuck,failed kernel:6.4* patch:… flag:forced level:causes cause:12 retired:true`, label
 * requirements as Kubernetes writes them (`env=prod`, `tier!=db`, `tier in (db,cache)`, `!canary`, and `label:env` for "has it"), and
 * words for a part of the name. Never throws.
 */
export function readTokens(text: string): Tokens {
  const tokens: Tokens = {
    states: [],
    kernels: [],
    patches: [],
    flags: [],
    levels: [],
    cause: '',
    retired: false,
    selector: '',
    q: '',
    wrong: [],
  }
  const words: string[] = []
  const requirements: string[] = []
  for (const [part] of text.matchAll(token)) {
    const keyed = /^([a-z]+):(.*)$/i.exec(part)
    if (listRequirement.test(part) || comparison.test(part) || /^![^=]/.test(part)) requirements.push(part)
    else if (keyed === null) words.push(part)
    else if (keyed[1] === 'label' && keyed[2] !== '') requirements.push(keyed[2] ?? '')
    else {
      const reason = readKeyed(tokens, keyed[1] ?? '', keyed[2] ?? '')
      if (reason !== null) tokens.wrong.push({ text: part, reason })
    }
  }
  tokens.q = words.join(' ')
  tokens.selector = requirements.join(',')
  return tokens
}

/** Adds a token to what is known; the reason where it means nothing. */
function readKeyed(tokens: Tokens, key: string, value: string): string | null {
  const values = value.split(',').filter((each) => each !== '')
  if (tokenKeys.some((known) => known === key) && values.length === 0)
    return `${key}: says nothing yet; a value follows the colon.`
  switch (key) {
    case 'state':
      tokens.states.push(...values)
      return null
    case 'kernel':
      tokens.kernels.push(...values)
      return null
    case 'patch':
      tokens.patches.push(...values)
      return null
    case 'flag':
      tokens.flags.push(...values)
      return null
    case 'level':
      tokens.levels.push(...values)
      return null
    case 'cause':
      if (!/^[1-9]\d{0,9}$/.test(value))
        return 'A cause is named by its number, as in the address of its page.'
      tokens.cause = value
      return null
    case 'retired':
      if (value !== 'true' && value !== 'false') return 'retired: is true or false.'
      tokens.retired = value === 'true'
      return null
    default:
      return `“${key}” is nothing to filter by. There are ${tokenKeys.slice(0, -1).join(', ')} and ${tokenKeys.at(-1)}.`
  }
}

/** Whether what is typed is words alone, so that it can be searched for while it is typed. */
export const isWordsAlone = (text: string): boolean => !/[:=!()]/.test(text)
