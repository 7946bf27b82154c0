import { type InstallForm, installForms } from '../../../words/install-forms.ts'

/** The way in that the address names, else the shell. */
export const readInstallForm = (named: string): InstallForm =>
  installForms.find((form) => form === named) ?? 'shell'
