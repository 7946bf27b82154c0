import * as z from 'zod'

/** RFC 9457 problem details. `code` is stable and for programs, `detail` and `remedy` are for people; docs/errors.md lists every code. */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    remedy: z.string(),
    /** JSON pointers of the fields that were refused, at most 20. */
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problem>
