import * as z from 'zod'

/**
 * Text of at most `max` UTF-16 units that PostgreSQL can hold: no NUL, no lone surrogate. Other control characters are
 * allowed, since a task name may contain a newline; pages and logs escape them.
 */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\u0000') && value.isWellFormed(), {
      message: 'must not contain NUL or a lone surrogate',
    })

/** Non-empty {@link text}. */
export const name = (max: number) => text(max).min(1)

/** An instant, ISO 8601 in UTC with `Z`, years 1970 to 9999. */
export const instant = z.iso
  .datetime()
  .max(30)
  .refine((value) => !Number.isNaN(Date.parse(value)), { message: 'must be a day and a time that exist' })
  .refine((value) => value >= '1970', { message: 'must not be before 1970' })
  .meta({ id: 'Instant', description: 'ISO 8601 instant in UTC, with Z' })

/** A whole number from 0 that JavaScript and PostgreSQL's bigint both hold exactly. */
export const count = z.int().min(0)

/** {@link count} where the database keeps 32 bits of it. */
export const smallCount = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** A number of a report or heartbeat. Ends well before the integers that are exact, so that the server can always name the next. */
export const sequence = z
  .int()
  .min(1)
  .max(2 ** 52)

/** A process or thread id; Linux allows up to 2^22. */
export const taskId = z.int().min(0).max(4_194_304)

/** A label key or value: what Kubernetes label selectors can name. */
export const labelKey = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
    message: 'must be a Kubernetes label key, such as env or example.com/team',
  })
export const labelValue = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, {
  message: 'must be a Kubernetes label value: at most 63 letters, digits, - _ .',
})

/** Labels of a host, at most 64. */
export const labels = z
  .record(labelKey, labelValue)
  .refine((value) => Object.keys(value).length <= 64, { message: 'must hold at most 64 labels' })
