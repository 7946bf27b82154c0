/**
 * The instant in an address, as the API takes it: null where it is none. What a field for date and time sends has no zone and is
 * meant in UTC, as it is shown.
 */
export function readAt(text: string): string | null {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
  const at = text === '' ? Number.NaN : Date.parse(zoned)
  if (Number.isNaN(at)) return null
  const iso = new Date(at).toISOString()
  return iso >= '1970' && iso.length === 24 ? iso : null
}
