/**
 * Attributes that make an element as large as `part` of `whole`, for the classes share-grow and share-width. Cut to 0.1 %: a part
 * that is not all never looks like all.
 */
export function shareOf(part: number, whole: number) {
  const thousandths = whole === 0 ? 0 : Math.floor((part / whole) * 1000)
  return {
    'data-share': '',
    'data-share-tens': Math.floor(thousandths / 100),
    'data-share-ones': thousandths % 100,
  }
}
