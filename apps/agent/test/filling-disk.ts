import type { SpoolDisk } from '../src/spool-disk.ts'

/** A real folder on a disk with room for so many files; the room can change. */
export function fillingDisk(disk: SpoolDisk, room: { maxFiles: number }): SpoolDisk & { maxFiles: number } {
  return {
    ...disk,
    maxFiles: room.maxFiles,
    write(name, content, isDurable) {
      if (disk.list().length >= this.maxFiles) return 'the disk does not take reports (ENOSPC).'
      return disk.write(name, content, isDurable)
    },
  }
}
