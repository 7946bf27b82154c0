'use client'

import { useEffect } from 'react'

/**
 * Keeps the Back button true after links within a page. The browser gives such an entry no state, and Next ignores an entry without its
 * own: Back would change the address and leave the page. Links stay native, since only those move the focus and set `:target`.
 */
export function InPageLinks() {
  useEffect(() => {
    let pageState: unknown = null
    const remember = () => {
      if (window.history.state !== null) pageState = window.history.state
    }
    const restore = () => {
      if (window.history.state === null) window.history.replaceState(pageState, '', window.location.href)
    }
    const off = new AbortController()
    document.addEventListener('click', remember, { capture: true, signal: off.signal })
    window.addEventListener('hashchange', restore, { signal: off.signal })
    return () => off.abort()
  }, [])
  return null
}
