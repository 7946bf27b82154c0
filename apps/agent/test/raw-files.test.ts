import { expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { eachParagraph, gunzipStart, srcVersionOfFile, stampOf } from '../src/packages/raw-files.ts'
import { aTree } from './package-hosts.ts'

test('paragraphs are found wherever the chunks of a large file end, and one that is too long costs only itself', async () => {
  // Lengths that share no factor with the chunk's, so that every kind of cut occurs.
  const paragraphs = Array.from({ length: 4000 }, (_, index) =>
    [`Package: p${index}`, 'x'.repeat(1 + ((index * 7919) % 211)), 'Vérsion: 1'].join('\n'),
  )
  paragraphs[1500] = `Package: long\n${'y'.repeat(300_000)}`
  const tree = aTree({ 'var/status': paragraphs.join('\n\n'), 'var/empty': '' })
  const files = hostFiles(tree.root)
  const found: string[] = []
  const wants = (line: string) => /^Package: p\d+$/.test(line)
  expect(await eachParagraph(files, 'var/status', wants, (text) => found.push(text))).toBeNull()
  expect(found).toEqual(paragraphs.filter((_, index) => index !== 1500))
  expect(await eachParagraph(files, 'var/empty', wants, () => expect.unreachable())).toBeNull()
  expect(await eachParagraph(files, 'var/missing', wants, () => expect.unreachable())).toMatchObject({
    code: 'ENOENT',
  })
  expect(await eachParagraph(files, 'var', wants, () => expect.unreachable())).toMatchObject({
    code: 'EISDIR',
  })
})

test('what cannot be read as what it should be is null', () => {
  const files = hostFiles(aTree({ 'a/text': 'no gzip, no module\n' }).root)
  expect([gunzipStart(files, 'a/text'), gunzipStart(files, 'a/missing'), gunzipStart(files, 'a')]).toEqual([
    null,
    null,
    null,
  ])
  expect([srcVersionOfFile(files, 'a/text'), srcVersionOfFile(files, 'a')]).toEqual([null, null])
  expect([stampOf(files, 'a/missing'), stampOf(files, 'a/text')]).toEqual([null, expect.any(String)])
})
