import type { BlockingTask, Direction } from '@graftwatch/contract'

/** What makes two blocking tasks, on two hosts, the same cause. Patch build and kernel release are facets of it, not part. */
export interface BlockerSignature {
  key: string
  direction: Direction
  function: string | null
  kind: BlockingTask['kind']
  comm: string
  unit: string | null
}

/** `vhost-4711` → `vhost-N`, `docker-3f9c….scope` → `docker-N.scope`: one family for what differs by number or hash. */
function foldNumbers(name: string): string {
  return name.replace(/[0-9a-f]{12,}/gi, 'N').replace(/\d+/g, 'N')
}

/** A kworker's suffix changes with its last job, so only the word stays. */
function commFamily(comm: string): string {
  return comm.startsWith('kworker') ? 'kworker' : foldNumbers(comm)
}

function unitFamily(unit: string): string {
  return foldNumbers(unit.replace(/@[^.]*\./, '@N.'))
}

/** Equal keys mean the same cause; see docs/glossary.md. Never throws. */
export function signatureOf(
  direction: Direction | null,
  task: Pick<BlockingTask, 'blockingFunction' | 'kind' | 'comm' | 'unit'>,
): BlockerSignature {
  const parts = {
    direction: direction ?? ('patching' as const),
    function: task.blockingFunction,
    kind: task.kind,
    comm: commFamily(task.comm),
    unit: task.unit === null ? null : unitFamily(task.unit),
  }
  const key = [parts.direction, parts.function ?? '', parts.kind, parts.comm, parts.unit ?? ''].join('|')
  return { key, ...parts }
}
