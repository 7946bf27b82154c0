/** Files of SLE 12 hosts, in the formats of SUSE's kernel sources. */

type Functions = Record<string, 0 | 1 | 2 | 3 | 4 | 5>

/** The table of newer trees; functions are `name` in vmlinux, or `module:name`. */
export function functionTable(functions: Functions): string {
  const lines = Object.entries(functions).map(([key, state]) => {
    const [symbol = '', object = 'vmlinux'] = key.split(':').reverse()
    return `${symbol.padEnd(20)}  ${object.padEnd(20)}  ${'0'.padStart(6)}  ${String(state).padStart(5)}`
  })
  return [`${'Function'.padEnd(20)}  ${'Object'.padEnd(20)}  Sympos  State`, ...lines, ''].join('\n')
}

/** The table before `Sympos`. */
export function olderTable(functions: Functions): string {
  const lines = Object.entries(functions).map(
    ([symbol, state]) => `${symbol.padEnd(20)}  ${'vmlinux'.padEnd(20)}  ${String(state).padStart(5)}`,
  )
  return [`${'Function'.padEnd(20)}  ${'Object'.padEnd(20)}  State`, ...lines, ''].join('\n')
}

export const inProgress = (flag: 0 | 1): Record<string, string> => ({
  'sys/kernel/kgraft/in_progress': `${flag}\n`,
  'sys/kernel/kgraft/force_load_module': '0\n',
})

/** A patch and its module, which is called as `name` says. */
export function kgraftPatch(
  directory: string,
  state: string,
  { name = directory.replaceAll('-', '_'), replaceAll = '1' } = {},
): Record<string, string | { link: string }> {
  return {
    [`sys/kernel/kgraft/${directory}/state`]: state,
    [`sys/kernel/kgraft/${directory}/refs`]: '0\n',
    [`sys/kernel/kgraft/${directory}/replace_all`]: `${replaceAll}\n`,
    [`sys/kernel/kgraft/${directory}/owner`]: { link: `../../../module/${name}` },
    [`sys/module/${name}/srcversion`]: 'B7E4A9D0C1F2A3B4C5D6E7F\n',
    [`sys/module/${name}/refcnt`]: '1\n',
  }
}

/** What makes a host one of SLE 12 SP5. */
export const sle12: Record<string, string> = {
  'proc/sys/kernel/osrelease': '4.12.14-122.37-default\n',
  'etc/os-release':
    'NAME="SLES"\nVERSION="12-SP5"\nVERSION_ID="12.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 12 SP5"\nID="sles"\n',
}
