import { headers } from 'next/headers'

/** The address people reach this dashboard by, which is also where agents report. */
export async function baseUrl(): Promise<string> {
  const request = await headers()
  const host = request.get('x-forwarded-host') ?? request.get('host') ?? 'localhost:3000'
  return `${request.get('x-forwarded-proto') ?? 'http'}://${host}`
}
