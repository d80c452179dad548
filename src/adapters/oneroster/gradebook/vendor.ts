import * as Redacted from "effect/Redacted"
import type { OneRosterConnection } from "../settings.ts"

/**
 * The vendor's headers, in the clear, for requests to the gradebook and for no others. One that was left empty, as
 * `key:secret` of two unset variables is, is none.
 */
export const vendorHeadersOf = ({ gradebookHeaders }: OneRosterConnection): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(gradebookHeaders)
      .map(([name, value]) => [name, Redacted.value(value)] as const)
      .filter(([, value]) => /[^:\s]/.test(value))
  )

/** Whether an address is one of the gradebook of the connection. */
export const isOfGradebook = ({ baseUrl }: OneRosterConnection, url: URL): boolean => {
  const base = new URL(baseUrl)
  const root = base.pathname.replace(/\/+$/, "")
  return (
    url.origin === base.origin &&
    url.pathname.startsWith(`${root}/`) &&
    /^\/(classes\/[^/]+\/)?(lineItems|results)(\/|$)/.test(url.pathname.slice(root.length))
  )
}
