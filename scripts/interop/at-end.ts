/** What has to be undone, in whatever way the lane ends. */
const owed: (() => Promise<void> | void)[] = []

export function atEnd(undo: () => Promise<void> | void): void {
  owed.push(undo)
}

/** Undoes everything, the newest first. Never rejects; safe to call twice. */
export async function undoAll(): Promise<void> {
  for (let undo = owed.pop(); undo; undo = owed.pop()) {
    try {
      await undo()
    } catch (error) {
      console.error(error)
    }
  }
}
