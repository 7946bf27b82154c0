import type { ReportPatch } from '@graftwatch/contract/report'

/** A patch as a report has it, of which nothing is known but this: what its source cannot tell is null. */
export const barePatch = (
  known: Pick<ReportPatch, 'mechanism' | 'manager' | 'name' | 'state' | 'enabled'> & Partial<ReportPatch>,
): ReportPatch => ({
  inTransition: false,
  replace: null,
  stackOrder: null,
  forced: null,
  srcVersion: null,
  version: null,
  package: null,
  cves: null,
  objects: [],
  ...known,
})
