import { expect, test } from 'vitest'
import { parseKpatchMessage } from './kpatch-core.ts'

test.each([
  [
    'kpatch: activeness safety check failed for tcp_send_ack',
    { kind: 'refused', functionName: 'tcp_send_ack' },
  ],
  ['kpatch: NMI activeness safety check failed', { kind: 'refused', functionName: null }],
  ['kpatch: PID: 1842 Comm: my daemon', { kind: 'holder', pid: 1842, comm: 'my daemon' }],
  ["kpatch: loaded patch module 'kpatch_3_10_0_1'", { kind: 'loaded', patch: 'kpatch_3_10_0_1' }],
  ["kpatch: unloaded patch module 'kpatch_3_10_0_1'", { kind: 'unloaded', patch: 'kpatch_3_10_0_1' }],
])('%s', (message, meaning) => {
  expect(parseKpatchMessage(message)).toEqual(meaning)
})

test('stack lines after a refusal, and other subsystems, say nothing', () => {
  expect(parseKpatchMessage('kpatch: [<ffffffff810a5f12>] tcp_send_ack+0x12/0x120')).toBeNull()
  expect(parseKpatchMessage("loaded patch module 'x'")).toBeNull()
  expect(parseKpatchMessage("kpatch: loaded patch module '\u0000'")).toBeNull()
})
