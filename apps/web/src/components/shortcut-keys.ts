import { hold } from '../api/hold.ts'

/**
 * Does what a single key means on the page as it is; true when it meant something. A page adds keys of its own by
 * `data-shortcut="y"` on a button or link, or on what holds one: the key then presses it.
 */
export function pressKey(key: string): boolean {
  switch (key) {
    case '/':
      return focusFilter()
    case 'j':
      return stepRow(1)
    case 'k':
      return stepRow(-1)
    case 'p':
      hold.togglePause()
      return true
    case '.':
      if (hold.waiting() === null) return false
      hold.apply()
      return true
    default:
      return pressOwn(key)
  }
}

function focusFilter(): boolean {
  const input = document.querySelector<HTMLInputElement>('[data-page-filter]')
  input?.focus()
  input?.select()
  return input !== null
}

/** Moves the focus to the link of the next row, or of the row before. */
function stepRow(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll('[data-live-list] > *')].flatMap(
    (row) => row.querySelector<HTMLAnchorElement>('a[href]') ?? [],
  )
  const at = rows.findIndex((link) => link.closest('[data-live-list] > *')?.contains(document.activeElement))
  const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
  return rows.length > 0
}

function pressOwn(key: string): boolean {
  const place = document.querySelector<HTMLElement>(`[data-shortcut="${CSS.escape(key)}"]`)
  const target = place?.matches('a, button') ? place : place?.querySelector<HTMLElement>('a, button')
  target?.click()
  return target != null
}

/** Leaves a filter or a list, so that updates come again; true when there was something to leave. */
export function leave(): boolean {
  const { activeElement } = document
  if (!(activeElement instanceof HTMLElement)) return false
  if (!activeElement.matches('[data-page-filter], [data-live-list] *')) return false
  activeElement.blur()
  return true
}

/** Whether keys are text where the focus is, or belong to a dialog or menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select'))
  )
}
