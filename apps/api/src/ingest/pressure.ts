/** Seconds until a host should speak again: at rest, in a transition, and longer for all when the queues fill. */
export function nextInterval(isMoving: boolean, pressure: number): number {
  const calm = isMoving ? 5 : 60
  if (pressure < 0.25) return calm
  return Math.round(calm * (pressure < 0.5 ? 2 : 4))
}
