import { type NextRequest, NextResponse } from 'next/server'
import { forwardToApi, isApiPath } from './api-proxy.ts'
import { securityHeaders } from './security-headers.ts'

/**
 * One origin for browsers and agents: the API's paths go to the API, all others are pages with a content security policy of
 * their own. Pages learn the nonce from the request header, so every page renders per request.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  if (isApiPath(request.nextUrl.pathname)) return forwardToApi(request)

  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64')
  const headers = securityHeaders(nonce, { development: process.env.NODE_ENV === 'development' })
  const requestHeaders = new Headers(request.headers)
  requestHeaders.set('content-security-policy', headers['content-security-policy'] ?? '')
  // Server components cannot see the URL; the sign-in redirect needs it to come back.
  requestHeaders.set('x-graftwatch-path', request.nextUrl.pathname + request.nextUrl.search)

  const response = NextResponse.next({ request: { headers: requestHeaders } })
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

export const config = { matcher: '/((?!_next/static|_next/image|icon.svg).*)' }
