/**
 * At most `max` UTF-16 units of a text, without NUL and without half a character at the cut, as reports must be.
 * For text decoded from UTF-8, which has no lone surrogate of its own.
 */
export function clip(text: string, max: number): string {
  const clean = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text
  if (clean.length <= max) return clean
  const last = clean.charCodeAt(max - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return clean.slice(0, isHalf ? max - 1 : max)
}
