/**
 * How the installed agent runs, for less memory; graftwatch-agent.sh says the same. Known to Node.js 18 and later: no threads for
 * the collector and the compiler, and a young generation of 1 MiB.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
  '--single-threaded',
  '--optimize-for-size',
]

/**
 * For malloc (mallopt(3)) one arena, and what is larger goes back to the host when it is freed: larger than the 32 KiB that opendir
 * takes, or a scan of all tasks would pay for it at each process. For Node.js two threads for files and names.
 */
export const environment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '40960',
  UV_THREADPOOL_SIZE: '2',
}
