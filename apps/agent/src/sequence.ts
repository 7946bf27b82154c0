/** Far beyond any life of a host, and far enough from 2^53, where numbers stop being whole, to count on from. */
export const maxSequence = 2 ** 52

/** Whether this is a sequence or 0, which stands for none yet. */
export const isSequence = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= maxSequence
