const place = 'graftwatch-single-keys'
const listeners = new Set<() => void>()

/** Whether single letters act as shortcuts; people who speak to their computer switch them off (WCAG 2.1.4). Never throws. */
export function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(place) !== 'off'
  } catch {
    return true
  }
}

/** Remembers the choice in this browser. Never throws. */
export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(place)
    else localStorage.setItem(place, 'off')
  } catch {
    // A browser that keeps nothing keeps them on.
  }
  for (const listener of listeners) listener()
}

/** Calls `listener` after each choice; returns the end of that. */
export function onSingleKeys(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
