'use client'

import { useEffect, useRef } from 'react'

const full = (zone: string | undefined): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone: zone,
    timeZoneName: 'short',
  })

/**
 * One tip for every `<time data-tip>` of the page: the instant in UTC and in the reader's zone, on hover and on focus. It stays
 * while the pointer is on it and goes with Escape (WCAG 1.4.13).
 */
export function TimeTip() {
  const tip = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const element = tip.current
    if (element === null) return
    let owner: HTMLElement | null = null
    let leaving: ReturnType<typeof setTimeout> | undefined

    const hide = () => {
      owner?.removeAttribute('aria-describedby')
      owner = null
      element.hidePopover()
    }
    const show = (time: HTMLTimeElement) => {
      clearTimeout(leaving)
      if (owner === time) return
      const at = new Date(time.dateTime)
      if (Number.isNaN(at.getTime())) return
      owner?.removeAttribute('aria-describedby')
      owner = time
      element.textContent = `${full('UTC').format(at)}\n${full(undefined).format(at)}, here`
      element.showPopover()
      const box = time.getBoundingClientRect()
      const width = element.offsetWidth
      element.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`
      const below = box.bottom + 6
      element.style.top =
        below + element.offsetHeight > window.innerHeight
          ? `${box.top - element.offsetHeight - 6}px`
          : `${below}px`
      time.setAttribute('aria-describedby', element.id)
    }
    const timeIn = (target: EventTarget | null): HTMLTimeElement | null => {
      const found = target instanceof Element ? target.closest('time[data-tip]') : null
      return found instanceof HTMLTimeElement ? found : null
    }
    const enter = (event: Event) => {
      const time = timeIn(event.target)
      if (time !== null) show(time)
      else if (event.target === element) clearTimeout(leaving)
    }
    const leave = (event: Event) => {
      if (owner !== null && (timeIn(event.target) === owner || event.target === element)) {
        leaving = setTimeout(hide, 120)
      }
    }
    const dismiss = (event: KeyboardEvent) => {
      if (event.key === 'Escape') hide()
    }

    const off = new AbortController()
    const options = { signal: off.signal }
    document.addEventListener('pointerover', enter, options)
    document.addEventListener('pointerout', leave, options)
    document.addEventListener('focusin', enter, options)
    document.addEventListener('focusout', leave, options)
    document.addEventListener('keydown', dismiss, options)
    document.addEventListener('scroll', hide, { ...options, capture: true, passive: true })
    return () => {
      clearTimeout(leaving)
      off.abort()
    }
  }, [])

  return (
    <div
      ref={tip}
      id="time-tip"
      role="tooltip"
      popover="manual"
      className="fixed m-0 rounded-control border border-line bg-raised px-2 py-1 text-12 whitespace-pre text-ink shadow-(--float)"
    />
  )
}
