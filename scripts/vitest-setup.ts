import { startTestServer } from '@graftwatch/db/test-database'

export default () => startTestServer()
