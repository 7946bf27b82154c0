import type { BlockerCause, Cause } from '@graftwatch/contract'
import { type BlockerSignature, remedyFor } from '@graftwatch/livepatch'

type Told = Omit<BlockerSignature, 'key'>

/** What a signature alone says of why its tasks have not migrated. Without a function it can only be guessed from the kind. */
function causeOf({ function: name, kind }: Told): BlockerCause {
  if (name !== null) return 'sleeping-in-patched-function'
  return kind === 'idle' ? 'idle-or-hidden' : 'running'
}

/**
 * Cause and remedy from a signature, for where no reading of a task is at hand: about the past, since only the newest reading of a
 * task is kept and an answer must not change with it. Names no task, so there is nothing to check. Never throws.
 */
export function remedyOfSignature(signature: Told): Pick<Cause, 'cause' | 'remedy'> {
  const { comm, kind, unit, direction } = signature
  const cause = causeOf(signature)
  const task = {
    pid: 0,
    tid: 0,
    comm,
    kind,
    state: null,
    cause,
    waitChannel: null,
    blockingFunction: signature.function,
    stack: null,
    waitsFor: null,
    unit,
    taskStartedAt: null,
    firstSeenAt: '',
  }
  const where = signature.function ? ` in ${signature.function}` : ''
  const code = direction === 'unpatching' ? 'the code of the patch' : 'the code from before the patch'
  return {
    cause,
    remedy: {
      ...remedyFor({ task, direction, patch: 'the patch', signalsByItself: null }),
      kernelSays: `${comm}${kind === 'kthread' ? ' (kernel thread)' : ''} was${where} and still used ${code}.`,
      check: null,
    },
  }
}
