import { Transform, type TransformCallback } from 'node:stream'
import type { ExportColumn, ExportQuery, HostSummary } from '@graftwatch/contract'
import { stringify } from 'csv-stringify'

const cells: Record<ExportColumn, (host: HostSummary) => string | number | null> = {
  id: ({ id }) => id,
  hostname: ({ hostname }) => hostname,
  state: ({ status }) => status.state,
  reason: ({ status }) => status.reason,
  since: ({ status }) => status.since,
  lastSeen: ({ status }) => status.lastSeenAt,
  patch: ({ patch }) => patch,
  kernel: ({ kernelRelease }) => kernelRelease,
  os: ({ os }) => os,
  labels: ({ labels }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  flags: ({ status }) => status.flags.join(','),
  remaining: ({ transition }) => transition?.remaining ?? null,
  total: ({ transition }) => transition?.total ?? null,
}

export type ExportRow = Partial<Record<ExportColumn, string | number | null>>

export const exportRowOf = (columns: readonly ExportColumn[], host: HostSummary): ExportRow =>
  Object.fromEntries(columns.map((column) => [column, cells[column](host)]))

/** Rows in, the text of one JSON array out. */
function jsonText(): Transform {
  let separator = '['
  return new Transform({
    writableObjectMode: true,
    transform(row: ExportRow, _encoding, done: TransformCallback) {
      done(null, `${separator}\n${JSON.stringify(row)}`)
      separator = ','
    },
    flush(done: TransformCallback) {
      done(null, separator === '[' ? '[]\n' : '\n]\n')
    },
  })
}

/** What makes a file of {@link exportRowOf}'s rows, and its media type. */
export const exportFormats: Record<
  ExportQuery['format'],
  { mediaType: string; text: (columns: readonly ExportColumn[]) => Transform }
> = {
  csv: {
    mediaType: 'text/csv; charset=utf-8',
    text: (columns) => stringify({ header: true, columns: [...columns], escape_formulas: true }),
  },
  json: { mediaType: 'application/json; charset=utf-8', text: jsonText },
}
