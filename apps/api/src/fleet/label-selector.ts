import { labelKey, labelValue } from '@graftwatch/contract/fields'
import sql, { join, type Sql } from 'sql-template-tag'
import { ProblemError } from '../http/problem.ts'

/** One requirement of a Kubernetes label selector; a host matches a selector when it meets all of them. */
export type Requirement =
  | { key: string; operator: 'exists' | 'doesNotExist' }
  | { key: string; operator: 'in' | 'notIn'; values: string[] }

const requirementsMax = 50
const valuesMax = 200

/** What is wrong with a selector, and at which character (from 0). */
export class SelectorError extends Error {
  override name = 'SelectorError'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** Reads words and marks of a selector, remembering where it is. */
class Reader {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get at(): number {
    this.#at += this.#text.slice(this.#at).match(/^\s*/)?.[0].length ?? 0
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length
  }

  take(pattern: RegExp): string | null {
    const found = this.#text.slice(this.at).match(pattern)
    if (found?.index !== 0) return null
    this.#at += found[0].length
    return found[0]
  }

  fail(message: string): never {
    throw new SelectorError(message, this.at)
  }
}

const word = /^[A-Za-z0-9_./-]+/

function readKey(reader: Reader): string {
  const { at } = reader
  const key = reader.take(word)
  if (key === null) reader.fail('expected a label key')
  if (!labelKey.safeParse(key).success) throw new SelectorError(`${key} is not a label key`, at)
  return key
}

function readValue(reader: Reader): string {
  const { at } = reader
  const value = reader.take(word) ?? ''
  if (!labelValue.safeParse(value).success) throw new SelectorError(`${value} is not a label value`, at)
  return value
}

function readValues(reader: Reader): string[] {
  if (reader.take(/^\(/) === null) reader.fail('expected ( after in or notin')
  const values = [readValue(reader)]
  while (reader.take(/^,/) !== null) {
    if (values.length >= valuesMax) reader.fail(`at most ${valuesMax} values`)
    values.push(readValue(reader))
  }
  if (reader.take(/^\)/) === null) reader.fail('expected , or ) in the list of values')
  return values
}

function readRequirement(reader: Reader): Requirement {
  if (reader.take(/^!(?!=)/) !== null) return { key: readKey(reader), operator: 'doesNotExist' }
  const key = readKey(reader)
  if (reader.take(/^!=/) !== null) return { key, operator: 'notIn', values: [readValue(reader)] }
  if (reader.take(/^==?/) !== null) return { key, operator: 'in', values: [readValue(reader)] }
  if (reader.take(/^in(?=[\s(])/) !== null) return { key, operator: 'in', values: readValues(reader) }
  if (reader.take(/^notin(?=[\s(])/) !== null) return { key, operator: 'notIn', values: readValues(reader) }
  return { key, operator: 'exists' }
}

/**
 * Reads a selector in the syntax of Kubernetes: `env=prod,tier in (db,cache),!canary,zone`. [] for an empty one. As there, `!=` and
 * `notin` also hold for hosts without the label. Throws SelectorError with the place.
 */
export function parseSelector(text: string): Requirement[] {
  const reader = new Reader(text)
  if (reader.isAtEnd) return []
  const requirements = [readRequirement(reader)]
  while (!reader.isAtEnd) {
    if (reader.take(/^,/) === null) reader.fail('expected a comma between requirements')
    if (requirements.length >= requirementsMax) reader.fail(`at most ${requirementsMax} requirements`)
    requirements.push(readRequirement(reader))
  }
  return requirements
}

const tokens = (key: string, values: readonly string[]) => values.map((value) => `${key}=${value}`)

function conditionOf(requirement: Requirement, labels: Sql): Sql {
  const { key } = requirement
  switch (requirement.operator) {
    case 'exists':
      return sql`${labels} @> ${[key]}::text[]`
    case 'doesNotExist':
      return sql`not ${labels} @> ${[key]}::text[]`
    case 'in':
      return sql`${labels} && ${tokens(key, requirement.values)}::text[]`
    case 'notIn':
      return sql`not ${labels} && ${tokens(key, requirement.values)}::text[]`
  }
}

/** Whether labels meet all requirements; as in Kubernetes, `!=` and `notin` also hold without the label. */
export const matchesLabels = (
  requirements: readonly Requirement[],
  labels: Readonly<Record<string, string>>,
): boolean =>
  requirements.every((requirement) =>
    meets(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined),
  )

function meets(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined
    case 'doesNotExist':
      return value === undefined
    case 'in':
      return value !== undefined && requirement.values.includes(value)
    case 'notIn':
      return value === undefined || !requirement.values.includes(value)
  }
}

/**
 * The selector as a condition on a column that holds `env` and `env=prod` for each label; one GIN index answers it. Throws
 * INVALID_INPUT that names the place.
 */
export function selectorCondition(text: string, labels: Sql): Sql {
  const conditions = requireSelector(text).map((requirement) => conditionOf(requirement, labels))
  return conditions.length === 0 ? sql`true` : join(conditions, ' and ')
}

/** Reads a selector that somebody sent. Throws INVALID_INPUT that names the place. */
export function requireSelector(text: string): Requirement[] {
  try {
    return parseSelector(text)
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    throw new ProblemError('INVALID_INPUT', {
      detail: `selector, character ${error.at + 1}: ${error.message}.`,
      remedy: 'Write it as Kubernetes does, such as env=prod,tier in (db,cache),!canary.',
      fields: [{ field: '/selector', message: `character ${error.at + 1}: ${error.message}` }],
    })
  }
}
