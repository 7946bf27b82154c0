import * as z from 'zod'
import { count, instant, text } from '../fields.ts'
import { blockerCauses, directions, hostStates, mechanisms, taskKinds } from '../vocabulary.ts'
import { hostId, patchObjectShown, remedy } from './host.ts'
import { transitionSummary } from './overview.ts'
import { pastQuery, pastView } from './past.ts'

/** Running transitions; `state` and `q` (a part of the hostname) narrow the list, `patch` is a patch id. */
export const transitionsQuery = z.strictObject({
  state: z
    .string()
    .max(100)
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(['stuck', 'reverting', 'transitioning', 'silent', 'unknown'])).max(5))
    .optional(),
  q: text(253).optional(),
  patch: z
    .string()
    .regex(/^[1-9]\d{0,9}$/)
    .optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
})

export const runningTransition = z
  .strictObject({
    ...transitionSummary.shape,
    /** The number of this attempt on its host. */
    number: z.int(),
    lowWater: z.int().nullable(),
    stuckAfterSeconds: z.int(),
    /** How the remaining tasks fell, oldest first, at most 24; the attempt itself has more. */
    samples: z.array(z.strictObject({ at: instant, remaining: z.int().nullable() })),
  })
  .meta({ id: 'RunningTransition' })
export type RunningTransition = z.infer<typeof runningTransition>

/** Longest without progress first. */
export const transitionsPage = z
  .strictObject({
    items: z.array(runningTransition),
    nextCursor: z.string().nullable(),
    /** All that run, whatever the filter. */
    running: count,
    stuck: count,
    now: instant,
  })
  .meta({ id: 'TransitionsPage' })
export type TransitionsPage = z.infer<typeof transitionsPage>

export const blockersQuery = z.strictObject({ ...pastQuery })

/**
 * One cause: everything that one signature holds. A host that several causes hold counts under its oldest.
 *
 * Held is a host whose running attempt has a blocking task under it, and a `failed` one (also silent since) whose newest attempt was
 * held to its end by one: a load that was taken back has let go of its tasks, and its cause still stands. Until it tries again, a
 * patch comes on, or the boot ends.
 */
export const cause = z
  .strictObject({
    id: z.string(),
    direction: z.enum(directions),
    function: z.string().nullable(),
    kind: z.enum(taskKinds),
    comm: z.string(),
    /** Who owns it, as far as the task's cgroup says. */
    unit: z.string().nullable(),
    /** Why the tasks have not migrated, of the longest held. */
    cause: z.enum(blockerCauses),
    /** Held hosts for which it is the oldest cause: running transitions and failed hosts. */
    hosts: count,
    /** Held hosts for which another cause is older. */
    alsoHolds: count,
    /** Hosts of `hosts` that another cause holds as well. */
    withOthers: count,
    /** Since when the tasks hold; of a failed host, since when they held its attempt. */
    oldestSince: instant,
    newestSince: instant,
    /** The longest held, at most 3. */
    examples: z.array(
      z.strictObject({ id: hostId, hostname: z.string(), state: z.enum(hostStates), since: instant }),
    ),
    /** Patches that move on these hosts, or failed to, most hosts first, at most 3. */
    patches: z.array(z.strictObject({ id: z.string(), name: z.string(), hosts: count })),
    remedy,
    /**
     * How long this cause held other attempts that completed: of the 50 it let go last. Null below 20 of them in this database, and
     * about the past.
     */
    cleared: z.strictObject({ times: count, medianSeconds: z.number() }).nullable(),
  })
  .meta({ id: 'Cause' })
export type Cause = z.infer<typeof cause>

/** Most hosts first, at most 200. */
export const causesPage = z
  .strictObject({
    items: z.array(cause),
    /** Causes that hold a host now, and hosts that are held: see {@link cause}. */
    causes: count,
    hosts: count,
    view: pastView.nullable(),
    now: instant,
  })
  .meta({ id: 'CausesPage' })
export type CausesPage = z.infer<typeof causesPage>

export const causeParams = z.strictObject({
  id: z.string().regex(/^[1-9]\d{0,9}$/, { message: 'must be the id of a cause' }),
})

/** A cause with what its hosts share that unaffected peers do not. */
export const causeDetail = z
  .strictObject({
    cause: cause.nullable(),
    id: z.string(),
    comm: z.string(),
    unit: z.string().nullable(),
    function: z.string().nullable(),
    kind: z.enum(taskKinds),
    direction: z.enum(directions),
    /**
     * Traits at least four in five held hosts have, and at most half as large a share of the peers; most telling first, at most 10.
     * Empty below 3 held hosts or peers.
     */
    shared: z.array(
      z.strictObject({
        kind: z.enum(['label', 'kernel', 'os']),
        value: z.string(),
        held: count,
        peers: count,
      }),
    ),
    /** How many held hosts and peers were compared: peers run the same patches and are not held; at most 1,000 each. */
    comparedHeld: count,
    comparedPeers: count,
    now: instant,
  })
  .meta({ id: 'CauseDetail' })
export type CauseDetail = z.infer<typeof causeDetail>

/**
 * Hosts by what this patch does on them, each under one of the four. `on`: enabled and every task on it. `moving`: on its way and
 * not stuck, in either direction.
 */
export const patchEntry = z
  .strictObject({
    id: z.string(),
    mechanism: z.enum(mechanisms),
    name: z.string(),
    build: z.string(),
    firstSeenAt: instant,
    on: count,
    moving: count,
    stuck: count,
    /** Loaded and not enabled, or left over. */
    off: count,
    /** Hosts where it waits for a module that is not loaded. */
    waiting: count,
    /** Of hosts that have it loaded; most hosts first, at most 5. */
    kernels: z.array(z.strictObject({ release: z.string(), hosts: count })),
    kernelsTotal: count,
  })
  .meta({ id: 'PatchEntry' })
export type PatchEntry = z.infer<typeof patchEntry>

/** Patches that some host has loaded, most hosts first, then those that none has any more. */
export const patchesQuery = z.strictObject({
  q: text(128).optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const patchesPage = z
  .strictObject({ items: z.array(patchEntry), nextCursor: z.string().nullable(), total: count, now: instant })
  .meta({ id: 'PatchesPage' })
export type PatchesPage = z.infer<typeof patchesPage>

export const patchParams = z.strictObject({
  id: z.string().regex(/^[1-9]\d{0,9}$/, { message: 'must be the id of a patch' }),
})

export const patchDetail = z
  .strictObject({
    patch: patchEntry,
    /** What it changes, as the first host that had it said; null when none said. */
    objects: z.array(patchObjectShown).nullable(),
    version: z.string().nullable(),
    package: z.string().nullable(),
    cves: z.array(z.string()).nullable(),
    /** At most 50. */
    kernels: z.array(z.strictObject({ release: z.string(), hosts: count })),
    /** Hosts fully migrated with this patch on top, at the end of each hour in which that changed; oldest first, at most 500. */
    adoption: z.array(z.strictObject({ at: instant, hosts: z.int() })),
    /** Other builds of the same name, and other patches for the same kernels: what to compare with. At most 20. */
    related: z.array(z.strictObject({ id: z.string(), name: z.string(), build: z.string(), on: count })),
    now: instant,
  })
  .meta({ id: 'PatchDetail' })
export type PatchDetail = z.infer<typeof patchDetail>

export const compareQuery = z.strictObject({
  a: z.string().regex(/^[1-9]\d{0,9}$/, { message: 'must be the id of a patch' }),
  b: z.string().regex(/^[1-9]\d{0,9}$/, { message: 'must be the id of a patch' }),
})
const fn = z.strictObject({ object: z.string(), name: z.string() })
/** Two patches side by side. Null lists: of one of them no host said what it changes. */
export const patchComparison = z
  .strictObject({
    a: patchEntry,
    b: patchEntry,
    onlyA: z.array(fn).nullable(),
    onlyB: z.array(fn).nullable(),
    both: count.nullable(),
    cvesOnlyA: z.array(z.string()).nullable(),
    cvesOnlyB: z.array(z.string()).nullable(),
    now: instant,
  })
  .meta({ id: 'PatchComparison' })
export type PatchComparison = z.infer<typeof patchComparison>
