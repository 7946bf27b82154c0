/**
 * The response headers every page carries. Reads nothing but its argument.
 *
 * Scripts run only with this request's nonce. Styles come only from our own files: no page writes a style attribute or element
 * into its HTML (sizes that depend on data use SVG attributes or the classes of proportion.css; scripts set styles through the
 * CSSOM, which CSP permits), so neither `unsafe-inline` nor a style nonce is needed.
 */
export function securityHeaders(nonce: string, { development = false } = {}): Record<string, string> {
  const policy = [
    "default-src 'none'",
    // React's development build needs eval for its stack traces; the production build does not.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    `style-src 'self'${development ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  }
}
