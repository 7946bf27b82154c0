import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  installForms,
  installText,
  isLoopback,
  needsAllowHttp,
  removalOf,
} from '../src/words/install-forms.ts'
import { labelsText, parseLabels } from '../src/words/labels-text.ts'
import { readTokenForm } from '../src/words/token-form.ts'

const script = readFileSync(new URL('../../agent/packaging/install.sh', import.meta.url), 'utf8')
const settings = readFileSync(new URL('../../agent/src/settings.ts', import.meta.url), 'utf8')
const made = { url: 'https://graftwatch.example.com', token: 'gwe_Ab-9_x', allowHttp: false }

describe('what to paste', () => {
  test.each(installForms)('%s holds address and token, and only settings that somebody reads', (form) => {
    for (const allowHttp of [false, true]) {
      const text = installText(form, { ...made, allowHttp })
      expect(text).toContain(made.url)
      expect(text).toContain(made.token)
      for (const [name] of text.matchAll(/\bGRAFTWATCH_[A-Z_]+/g)) expect(script + settings).toContain(name)
    }
  })

  test.each(['shell', 'ansible', 'cloud-init'] as const)('%s allows plain HTTP only when asked', (form) => {
    expect(installText(form, made)).not.toContain('ALLOW_HTTP')
    expect(installText(form, { ...made, allowHttp: true })).toMatch(/GRAFTWATCH_ALLOW_HTTP[=:] ?"?1/)
  })

  test('a file of YAML has no tab and nothing at the end of a line', () => {
    for (const form of ['ansible', 'cloud-init', 'daemonset'] as const)
      expect(installText(form, made)).not.toMatch(/\t|[ ]$/m)
  })

  test('the way back is an option that the installer has', () => {
    expect(removalOf('shell', made.url)).toMatch(/--remove$/)
    expect(script).toContain('--remove')
  })

  test.each([
    ['https://a.example', false, false],
    ['http://a.example:3000', false, true],
    ['http://localhost:3000', true, false],
    ['http://127.0.0.1:3000', true, false],
    ['http://[::1]:3000', true, false],
  ])('%s: the host itself %s, refused without TLS %s', (url, loopback, refused) => {
    expect(isLoopback(url)).toBe(loopback)
    expect(needsAllowHttp(url)).toBe(refused)
  })
})

describe('labels as typed', () => {
  test('are read with commas, spaces or both, and written back', () => {
    const labels = { env: 'prod', team: 'payments', canary: '' }
    expect(parseLabels(' env=prod, team=payments canary= ')).toEqual({ labels })
    expect(labelsText(labels)).toBe('env=prod, team=payments, canary=')
    expect(parseLabels('')).toEqual({ labels: {} })
  })
  test.each(['prod', '=prod', 'env=a env=b'])('%j is refused with the way out', (text) => {
    expect(parseLabels(text)).toHaveProperty('problem')
  })
})

describe('the form of a new token', () => {
  const filled = (fields: Record<string, string>) => {
    const form = new FormData()
    const all = { label: 'rack 4', labels: '', maxUses: '100', expiresInHours: '24', ...fields }
    for (const [name, value] of Object.entries(all)) form.set(name, value)
    return form
  }
  test('asks for what was typed; no number is no limit', () => {
    expect(readTokenForm(filled({ labels: 'env=prod', maxUses: '' }))).toEqual({
      request: { label: 'rack 4', labels: { env: 'prod' }, maxUses: null, expiresInHours: 24 },
    })
  })
  test('names each field that cannot be', () => {
    const read = readTokenForm(filled({ label: ' ', labels: 'x', maxUses: '0' }))
    expect('refusal' in read && Object.keys(read.refusal)).toEqual(['label', 'labels', 'maxUses'])
  })
})
