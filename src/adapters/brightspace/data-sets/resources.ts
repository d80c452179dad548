import * as Effect from "effect/Effect"
import type { ListedResource } from "../../../core/ports/listings.ts"
import type { SourceError } from "../../../core/ports/source.ts"
import type { TargetRole } from "../../../core/ports/target.ts"
import { joined, name as quoted, type Sql, sql, texts } from "../../../core/sql.ts"
import { usersColumns, usersLeftAlone } from "../wire.ts"

/**
 * How the data sets tell of the resources that rollbook writes. A role comes as an id there: its name and its code follow from the
 * roles of the tenant. Relationships of parents stand in none.
 */
export const listedResource = (
  resource: string,
  roles: Effect.Effect<ReadonlyArray<TargetRole>, SourceError>
): Effect.Effect<ListedResource | null, SourceError> => {
  switch (resource) {
    case "user":
      return Effect.map(roles, users)
    case "org_unit":
    case "course_template":
      return Effect.succeed(orgUnits("parent", []))
    case "section":
      return Effect.succeed(orgUnits("offering", []))
    case "course_offering":
      return Effect.succeed(orgUnits("template", ["semester"], true))
    case "enrollment":
      return Effect.map(roles, enrollments)
    case "section_enrollment":
      return Effect.succeed(enrollments(null))
    default:
      return Effect.succeed(null)
  }
}

const id = (column: string): Sql => sql`CAST(${quoted(column)} AS VARCHAR)`
const instant = (column: string): Sql => sql`strftime(${quoted(column)}, '%Y-%m-%dT%H:%M:%S.%gZ')`

/** Name and code of the role of an id; null of a role that the tenant no longer lists. */
const spellingsOf = (roles: ReadonlyArray<TargetRole>, column: string): Sql =>
  roles.length === 0
    ? sql`NULL::VARCHAR[]`
    : sql`CASE ${id(column)} ${joined(
        roles.map(
          (role) => sql`WHEN ${role.id} THEN ${texts([role.name, ...(role.code === null ? [] : [role.code])])}`
        ),
        " "
      )} END`

const users = (roles: ReadonlyArray<TargetRole>): ListedResource => ({
  listings: ["Users"],
  fields: [...Object.keys(usersColumns), "role"],
  inId: [],
  unset: { is_active: "true" },
  leftAlone: usersLeftAlone,
  select: (
    table
  ) => sql`SELECT ${id("UserId")} AS remote_id, NULL::VARCHAR AS "within", _as_of AS as_of, true AS is_there,
  ${joined(
    Object.entries(usersColumns).map(([field, column]) => sql`CAST(${quoted(column)} AS VARCHAR) AS ${quoted(field)}`),
    ", "
  )}, ${spellingsOf(roles, "OrgRoleId")} AS role FROM ${table("Users")}`
})

/** An org unit is there while it is neither deleted nor in the recycle bin. What it points to are its parents, of whatever type. */
const orgUnits = (ref: string, others: ReadonlyArray<string>, isOffering = false): ListedResource => {
  const refs = [ref, ...others]
  return {
    listings: ["Organizational Units", "Organizational Unit Parents"],
    fields: ["name", "code", ...(isOffering ? ["start_date", "end_date", "is_active"] : []), ...refs],
    inId: [],
    unset: { is_active: "true" },
    leftAlone: [],
    select: (table) => sql`SELECT ${id("OrgUnitId")} AS remote_id, "Type" AS "within", unit._as_of AS as_of,
  NOT coalesce("IsDeleted", false) AND "RecycledDate" IS NULL AS is_there, "Name" AS name, "Code" AS code,
  ${instant("StartDate")} AS start_date, ${instant("EndDate")} AS end_date, CAST("IsActive" AS VARCHAR) AS is_active,
  ${joined(
    refs.map((one) => sql`coalesce(above.parents, []::VARCHAR[]) AS ${quoted(one)}`),
    ", "
  )}
FROM ${table("Organizational Units")} AS unit LEFT JOIN (
  SELECT "OrgUnitId", list(${id("ParentOrgUnitId")} ORDER BY "ParentOrgUnitId") AS parents
  FROM ${table("Organizational Unit Parents")} WHERE "DateDeleted" IS NULL GROUP BY "OrgUnitId"
) AS above USING ("OrgUnitId")`
  }
}

/** In sections the role is that of the enrollment in the offering, and is not told: null. */
const enrollments = (roles: ReadonlyArray<TargetRole> | null): ListedResource => ({
  listings: ["User Enrollments"],
  fields: roles === null ? [] : ["role"],
  inId: roles === null ? ["section", "user", "enrollment"] : ["org_unit", "user"],
  unset: {},
  leftAlone: [],
  select: (
    table
  ) => sql`SELECT ${id("OrgUnitId")} || '/' || ${id("UserId")} AS remote_id, ${id("OrgUnitId")} AS "within",
  _as_of AS as_of, true AS is_there, ${spellingsOf(roles ?? [], "RoleId")} AS role FROM ${table("User Enrollments")}`
})
