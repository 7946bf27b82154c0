import type { BlockingTask } from '@graftwatch/contract/report'
import { clip } from '@graftwatch/livepatch/parse/text'
import type { HostFiles } from './host-files.ts'

const maxLength = 256

/**
 * The same tasks with the command lines of their processes, arguments separated by spaces, 256 characters at most. Source:
 * /proc/<pid>/cmdline, which any user may read; empty for kernel threads and zombies. It is taken from the memory of the process,
 * so that one in uninterruptible sleep could hold the reader: those go without. Reads only; never throws.
 */
export function withCommandLines(files: HostFiles, tasks: readonly BlockingTask[]): BlockingTask[] {
  return tasks.map((task) => {
    if (task.kind !== 'user' || task.state === 'D') return task
    const text = files.text(`proc/${task.pid}/cmdline`, 4096)?.replaceAll('\0', ' ').trim()
    return text ? { ...task, commandLine: clip(text, maxLength) } : task
  })
}
