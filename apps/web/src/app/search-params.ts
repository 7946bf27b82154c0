/** The query of a page's address as Next gives it. */
export type SearchParams = Record<string, string | string[] | undefined>

/** The first value of a parameter; empty when it is not there. */
export const first = (value: string | string[] | undefined): string => [value ?? ''].flat()[0] ?? ''
