import { join } from 'node:path'
import { ask } from '../src/programs.ts'
import { type VendorPrograms, vendorProgramsBy } from '../src/vendor-programs.ts'

/** Vendors' clients as real programs in a tree, asked as those of this host would be; Canonical's daemon at `socket`. */
export const clientsIn = (
  root: string,
  { socket = null, timeoutMs }: { socket?: string | null; timeoutMs?: number } = {},
): VendorPrograms =>
  vendorProgramsBy(
    (program) =>
      ask({
        ...program,
        paths: program.paths.map((path) => join(root, path)),
        timeoutMs: timeoutMs ?? program.timeoutMs,
      }),
    socket,
  )
