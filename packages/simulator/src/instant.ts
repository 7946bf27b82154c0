/** Milliseconds since 1970 as the wire's instant. */
export const iso = (ms: number): string => new Date(ms).toISOString()
