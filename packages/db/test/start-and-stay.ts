import { startEmbedded } from '../src/embedded.ts'

const { pid } = await startEmbedded({
  dataDir: process.argv[2] ?? '',
  settings: { fsync: 'off', shared_buffers: '16MB' },
})
console.log(JSON.stringify({ pid }))
setInterval(() => {}, 1_000_000)
