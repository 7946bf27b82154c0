import { collectSymbol, symbolKey } from '@graftwatch/livepatch/parse/host'
import type { HostFiles } from './host-files.ts'

/**
 * Addresses of kernel symbols, to tell that two names are one function. Source: /proc/kallsyms, about 10 MB; addresses are
 * zero for readers without CAP_SYSLOG under kernel.kptr_restrict, and the file is then not looked at again.
 */
export interface SymbolAddresses {
  /** Makes the symbols known, reading the file once for all those that are not yet. Keys: `symbolKey`. Never throws. */
  learn(keys: readonly string[]): Promise<void>
  /** Addresses of a symbol in the file's order; [] when unknown or hidden. */
  of(name: string, module: string | null): readonly string[]
}

/** Lines with no address after which the whole file is taken to be hidden. */
const hiddenAfterLines = 1000
const maxKnown = 10_000

export function symbolAddresses(files: HostFiles): SymbolAddresses {
  const known = new Map<string, string[]>()
  let isHidden = false

  return {
    async learn(keys) {
      const wanted = new Set(keys.filter((key) => !known.has(key)))
      if (isHidden || wanted.size === 0 || known.size + wanted.size > maxKnown) return
      let lines = 0
      let visible = 0
      const isRead = await files.eachLine('proc/kallsyms', (line) => {
        lines++
        if (collectSymbol(line, wanted, known)) visible++
        return visible > 0 || lines < hiddenAfterLines
      })
      isHidden = !isRead || visible === 0
      for (const key of wanted) if (!known.has(key)) known.set(key, [])
    },
    of: (name, module) => known.get(symbolKey(name, module)) ?? [],
  }
}
