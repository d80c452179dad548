import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { foldName } from "../../core/fold.ts"
import { suggestion } from "../../core/nearest.ts"
import { TargetError, type TargetRole } from "../../core/ports/target.ts"
import type { Tenant } from "./client.ts"
import { once } from "./once.ts"
import { Organization, OrgUnitType, Role, WhoAmI } from "./wire.ts"

export interface TenantOrgUnitType {
  readonly id: string
  readonly code: string
  readonly name: string
}

/** Things of a tenant that are looked up by name, for ids differ between tenants. Each is read once, when first needed. */
export interface Directory {
  /** The organization itself, above every org unit. */
  readonly organization: Effect.Effect<{ readonly id: string; readonly timezone: string | null }, TargetError>
  readonly roles: Effect.Effect<ReadonlyArray<TargetRole>, TargetError>
  readonly orgUnitTypes: Effect.Effect<ReadonlyArray<TenantOrgUnitType>, TargetError>
  /** User id under which the app runs. */
  readonly me: Effect.Effect<string, TargetError>
  /** Id of a role by name or code, without regard to case; `Misconfigured` when the tenant has none. */
  readonly roleId: (name: string) => Effect.Effect<string, TargetError>
  /** Id of an org unit type by name or code, without regard to case; `Misconfigured` when the tenant has none. */
  readonly typeId: (name: string) => Effect.Effect<string, TargetError>
}

export const makeDirectory = (tenant: Tenant): Directory => {
  const organization = once(
    Effect.map(
      tenant.ask(Organization, { product: "lp", method: "GET", path: "/organization/info" }),
      ({ Identifier, TimeZone }) => ({ id: Identifier, timezone: TimeZone })
    )
  )
  const roles = once(
    Effect.map(tenant.ask(Schema.Array(Role), { product: "lp", method: "GET", path: "/roles/" }), (list) =>
      list.map((role) => ({
        id: role.Identifier,
        name: role.DisplayName,
        code: role.Code,
        isCascading: role.IsCascading
      }))
    )
  )
  const orgUnitTypes = once(
    Effect.map(tenant.ask(Schema.Array(OrgUnitType), { product: "lp", method: "GET", path: "/outypes/" }), (list) =>
      list.map((type) => ({ id: type.Id, code: type.Code ?? type.Name, name: type.Name }))
    )
  )
  const me = once(
    Effect.map(
      tenant.ask(WhoAmI, { product: "lp", method: "GET", path: "/users/whoami" }),
      ({ Identifier }) => Identifier
    )
  )

  const found = new Map<string, Effect.Effect<string>>()
  /** An id that was found stays: each list is read once, and asked for at every step. */
  const known = (
    kind: string,
    name: string,
    find: () => Effect.Effect<string, TargetError>
  ): Effect.Effect<string, TargetError> =>
    found.get(`${kind} ${name}`) ?? Effect.tap(find(), (id) => void found.set(`${kind} ${name}`, Effect.succeed(id)))

  const idOf = (
    kind: string,
    listed: Effect.Effect<
      ReadonlyArray<{ readonly id: string; readonly name: string; readonly code: string | null }>,
      TargetError
    >,
    name: string
  ): Effect.Effect<string, TargetError> =>
    Effect.flatMap(listed, (all) => {
      const wanted = foldName(name)
      // A name comes before a code: another record's code may be the same word.
      const found =
        all.find((one) => foldName(one.name) === wanted) ??
        all.find((one) => one.code !== null && foldName(one.code) === wanted)
      if (found !== undefined) return Effect.succeed(found.id)
      const hint = suggestion(
        name,
        all.map((one) => one.name)
      )
      return Effect.fail(
        new TargetError({
          reason: "Misconfigured",
          connection: tenant.connection.name,
          request: kind,
          detail: `the tenant has no ${kind} "${name}"`,
          ...(hint === "" ? {} : { hint })
        })
      )
    })

  return {
    organization,
    roles,
    orgUnitTypes,
    me,
    roleId: (name) => known("role", name, () => idOf("role", roles, name)),
    typeId: (name) => known("org unit type", name, () => idOf("org unit type", orgUnitTypes, name))
  }
}
