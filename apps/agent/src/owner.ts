import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs'

/**
 * Gives what is made in `folder` to the folder's owner: what root does by hand in the service's directory, as with `once` and `enroll`,
 * would else leave files there that the service cannot read. For anybody but root it does nothing. Throws what the disk says.
 */
export function giveToOwnerOf(folder: string, descriptor: number): void {
  if (process.geteuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  if (uid !== 0) fchownSync(descriptor, uid, gid)
}

/** The same for a folder in it; never for where a link leads that its owner put there. */
export function giveFolderToOwnerOf(folder: string, made: string): void {
  const descriptor = openSync(made, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    giveToOwnerOf(folder, descriptor)
  } finally {
    closeSync(descriptor)
  }
}
