import * as Redacted from "effect/Redacted"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { isAddressOrNetwork } from "../core/network.ts"
import { addressProblem } from "../core/ports/settings.ts"
import { normalAccess, type RawAccess } from "./access-schema.ts"
import type { CourseRight, Right } from "./rights.ts"
import type { SourceFile } from "./source-file.ts"

/** A learning platform that launches rollbook. */
export interface LtiRegistration {
  /** As it names itself, letter by letter. */
  readonly issuer: string
  readonly clientId: string
  readonly deploymentIds: ReadonlyArray<string>
  readonly authorizationUrl: string
  readonly keysUrl: string
  /** Name of the connection by which roles are looked up. */
  readonly connection: string
  readonly rolesInCourse: Readonly<Record<string, ReadonlyArray<CourseRight>>>
  readonly rolesInOrganization: Readonly<Record<string, ReadonlyArray<Right>>>
}

/** One installation of a system, to which a connection of the workspace leads. */
export interface Installation {
  /** The same for two connections alone that lead to one installation. */
  readonly id: string
  /** Null where its system has none, or it is not known here. */
  readonly address: string | null
  /** Whether its people can be asked for their roles; null where that is not known here. */
  readonly hasPeople: boolean | null
}

/** By the name of the connection. */
export type Installations = ReadonlyMap<string, Installation>

/** The sign-in of administrators. */
export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  /** Null where the client has none. */
  readonly clientSecret: Redacted.Redacted | null
  readonly scopes: ReadonlyArray<string>
  readonly userClaim: string
  readonly groupsClaim: string
  readonly groups: Readonly<Record<string, ReadonlyArray<Right>>>
  /** How long somebody stays signed in. */
  readonly sessionHours: number
}

export interface AccessSettings {
  /** How old at most may be what a learning platform said of somebody's role, or the district's sign-in of their groups, in minutes. */
  readonly askAgainMinutes: number
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: ReadonlyArray<string>
  readonly lti: ReadonlyArray<LtiRegistration>
  /** Null where administrators sign in by one-time links alone. */
  readonly oidc: OidcSettings | null
}

export const accessOf = (access: RawAccess | undefined): AccessSettings => ({
  askAgainMinutes: (access ?? normalAccess()).ask_again_minutes,
  trustedProxies: (access ?? normalAccess()).trusted_proxies,
  lti: (access?.lti ?? []).map((one) => ({
    issuer: one.issuer,
    clientId: one.client_id,
    deploymentIds: one.deployment_ids,
    authorizationUrl: one.authorization_url,
    keysUrl: one.keys_url,
    connection: one.connection,
    rolesInCourse: one.roles_in_course ?? {},
    rolesInOrganization: one.roles_in_organization ?? {}
  })),
  oidc:
    access?.oidc === undefined
      ? null
      : {
          issuer: access.oidc.issuer,
          clientId: access.oidc.client_id,
          clientSecret: access.oidc.client_secret === undefined ? null : Redacted.make(access.oidc.client_secret),
          scopes: access.oidc.scopes,
          userClaim: access.oidc.user_claim,
          groupsClaim: access.oidc.groups_claim,
          groups: access.oidc.groups,
          sessionHours: access.oidc.session_hours
        }
})

/**
 * Complains about registrations whose people would be asked about at another installation than the one that launches them:
 * its ids name other people and other courses there.
 */
export const launchProblems = (
  source: SourceFile,
  access: RawAccess | undefined,
  installations: Installations
): ReadonlyArray<Diagnostic> =>
  (access?.lti ?? []).flatMap(({ connection, issuer }, index) => {
    const path = ["service", "access", "lti", index, "connection"]
    const found = installations.get(connection)
    if (found === undefined) {
      const hint = suggestion(connection, installations.keys())
      return [source.diagnostic(path, `there is no connection ${connection}`, { hint })]
    }
    if (found.hasPeople === false) {
      const others = [...installations].flatMap(([name, { hasPeople }]) => (hasPeople === true ? [name] : []))
      const hint = others.length === 0 ? "" : `known: ${others.join(", ")}`
      return [source.diagnostic(path, `the people of ${connection} have no roles that could be asked for`, { hint })]
    }
    const origin = URL.canParse(issuer) ? new URL(issuer).origin : null
    const [own] = [...installations].flatMap(([name, { address }]) => (address === origin ? [name] : []))
    if (own === undefined || origin === null || found.address === null || found.address === origin) return []
    return [
      source.diagnostic(path, `${connection} is another installation than the one that launches, ${origin}`, {
        hint: `ids of the one name other people and courses in the other: connection: ${own}`
      })
    ]
  })

/** Complains about values. A variable that is not set was reported already, and its value is empty. */
export const accessProblems = (source: SourceFile, access: RawAccess | undefined): ReadonlyArray<Diagnostic> => {
  const at = (...path: ReadonlyArray<string | number>) => ["service", "access", ...path]
  const problems: Array<Diagnostic> = []
  const checkAddress = (path: ReadonlyArray<string | number>, url: string): void => {
    const problem = url === "" ? null : addressProblem(url)
    if (problem !== null) problems.push(source.diagnostic(path, problem))
  }
  for (const [index, one] of (access?.trusted_proxies ?? []).entries()) {
    if (!isAddressOrNetwork(one)) {
      problems.push(
        source.diagnostic(at("trusted_proxies", index), "this is no address and no network", {
          hint: "as 10.0.0.7, or 10.0.0.0/8"
        })
      )
    }
  }
  const registrations = access?.lti ?? []
  for (const [index, one] of registrations.entries()) {
    for (const key of ["issuer", "authorization_url", "keys_url"] as const)
      checkAddress(at("lti", index, key), one[key])
    if (one.deployment_ids.length === 0) {
      problems.push(
        source.diagnostic(at("lti", index, "deployment_ids"), "no launch would be taken", {
          hint: "name the deployments, as the learning platform shows them"
        })
      )
    }
    const isTwice = registrations
      .slice(0, index)
      .some((other) => other.issuer === one.issuer && other.client_id === one.client_id)
    if (isTwice) {
      problems.push(source.diagnostic(at("lti", index, "client_id"), "this registration stands here twice"))
    }
    if (one.roles_in_course === undefined && one.roles_in_organization === undefined) {
      problems.push(
        source.diagnostic(at("lti", index), "whoever is launched has no right", {
          hint: "give rights by roles_in_course or roles_in_organization"
        })
      )
    }
  }
  if (access?.oidc !== undefined) checkAddress(at("oidc", "issuer"), access.oidc.issuer)
  return problems
}
