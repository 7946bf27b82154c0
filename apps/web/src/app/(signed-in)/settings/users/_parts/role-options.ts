import { roles } from '@graftwatch/contract/vocabulary'
import { roleWords } from '../../../../../words/roles.ts'

/** Roles to choose from, each with what it may do. */
export const roleOptions = roles.map((role) => [role, `${role}: ${roleWords[role]}`] as const)
