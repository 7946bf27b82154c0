/** Labels as people type them, `env=prod, team=payments`; or what is wrong with them. The server checks keys and values again. */
export function parseLabels(text: string): { labels: Record<string, string> } | { problem: string } {
  const pairs = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((part) => ({ part, equals: part.indexOf('=') }))
  const wrong = pairs.find(({ equals }) => equals < 1)
  if (wrong) return { problem: `“${wrong.part}” is no label. Write key=value, such as env=prod.` }
  const labels = new Map(pairs.map(({ part, equals }) => [part.slice(0, equals), part.slice(equals + 1)]))
  if (labels.size < pairs.length) return { problem: 'A key stands there twice. Keep one of them.' }
  return { labels: Object.fromEntries(labels) }
}

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
