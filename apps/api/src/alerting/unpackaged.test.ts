import type { HostReport } from '@graftwatch/contract'
import { expect, test } from 'vitest'
import { aPatch } from '../../../../packages/contract/test/a-report.ts'
import { unpackagedOf } from './unpackaged.ts'

const source = (name: 'klp' | 'packages', status: 'ok' | 'failed'): HostReport['sources'][number] => ({
  name,
  status,
  durationMs: 1,
})
const patches = [aPatch({ name: 'by_hand', package: null }), aPatch({ package: 'kpatch-patch' })]

test('a patch is unpackaged where packages and patches are of one reading', () => {
  const named = (klp: 'ok' | 'failed', packages: 'ok' | 'failed') =>
    unpackagedOf({ patches, sources: [source('klp', klp), source('packages', packages)] })
  expect(named('ok', 'ok')).toEqual(['by_hand'])
  expect(named('ok', 'failed')).toBeNull()
  // These patches were read before, and nobody asked then which package brought them.
  expect(named('failed', 'ok')).toBeNull()
  expect(unpackagedOf({ patches, sources: [source('klp', 'ok')] })).toBeNull()
})
