/**
 * At most `max` UTF-16 units of a text, without NUL and without half a character, as reports must be: a lone surrogate, which
 * only the escapes of JSON can bring, becomes U+FFFD. By hand, since Node.js 18 has no toWellFormed.
 */
export function clip(text: string, max: number): string {
  const clean = text.replaceAll('\u0000', '').replace(/\p{Surrogate}/gu, '\ufffd')
  if (clean.length <= max) return clean
  const last = clean.charCodeAt(max - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return clean.slice(0, isHalf ? max - 1 : max)
}
