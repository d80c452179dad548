import * as Effect from "effect/Effect"
import type { RowWriter } from "../../../core/ports/bulk.ts"
import type { Tenant } from "../client.ts"
import {
  allOrgUnits,
  allUsers,
  type OrgUnitRecord,
  orgUnitsOfCode,
  type UserRecord,
  usersByOrgDefinedId,
  usersByUsername
} from "../lookup.ts"
import { once, onceEach } from "../once.ts"
import { type Asked, eitherWay } from "./either-way.ts"

/** The records that stand under the names by which rows know them; each name is asked for once a pass. */
export interface Names {
  /** Users by Org Defined ID. */
  readonly people: (orgDefinedId: string) => Asked<ReadonlyArray<UserRecord>>
  /** Org units of whatever type by code. */
  readonly units: (code: string) => Asked<ReadonlyArray<OrgUnitRecord>>
  readonly named: RowWriter["named"]
}

export const makeNames = (tenant: Tenant): Names => {
  const everybody = once(allUsers(tenant))
  const people = onceEach(
    eitherWay(
      (id) => usersByOrgDefinedId(tenant, id),
      everybody,
      (user: UserRecord) => user.OrgDefinedId
    )
  )
  const accounts = onceEach(
    eitherWay(
      (username) => usersByUsername(tenant, username),
      everybody,
      (user: UserRecord) => user.UserName
    )
  )
  const units = onceEach(
    eitherWay(
      (code) => orgUnitsOfCode(tenant, code),
      allOrgUnits(tenant),
      (unit: OrgUnitRecord) => unit.Code
    )
  )
  const idsOf = (users: Asked<ReadonlyArray<UserRecord>>) => Effect.map(users, (all) => all.map((one) => one.UserId))
  return {
    people,
    units,
    named: (field, value) => {
      switch (field) {
        case "org_defined_id":
          return idsOf(people(value))
        case "username":
          return idsOf(accounts(value))
        default:
          return Effect.map(units(value), (all) => all.map((one) => one.Identifier))
      }
    }
  }
}
