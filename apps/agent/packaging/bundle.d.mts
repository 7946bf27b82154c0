export const version: string
export function bundle(format?: 'esm' | 'cjs'): Promise<Buffer>
