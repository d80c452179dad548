import type { RowCell, RowFormat, RowKind } from "../../../core/ports/bulk.ts"
import type { TargetRole } from "../../../core/ports/target.ts"
import { brightspaceResources } from "../contracts.ts"
import { foldName } from "../../../core/fold.ts"
import type { BulkSettings } from "./settings.ts"

/**
 * D2L Standard CSV, as far as rosters need it: which steps can be rows of which file, and of which cells. Source: D2L's pages
 * on the format (files, headers, lengths, actions).
 *
 * Rows make what is not there yet, set roles in org units and end enrollments there. All else is read, merged and written one by one: a row
 * replaces what is in it whole, so that a change of a person would take away the relationships, which are a complete set in
 * the row, and set names and pronouns that rollbook does not know. The format says what a semester's or an offering's dates
 * are called and not how they are written: an offering with dates is written one by one, too.
 *
 * Of removals, enrollments in org units and offerings alone go as rows. A row of a person or an org unit names it by a code
 * or an id, asks nobody whether it is the one that is meant, and takes with it all that belongs to it: grades, submissions,
 * whole courses. A place in a section stays one by one, for it is written nowhere whether a row that ends it leaves the
 * person in the offering: before version 2.0 a section was the only place that a row could name.
 *
 * Districts, schools and semesters (`01-Other` to `03-Semesters`) go one by one: they are some dozens, rows of theirs would
 * have to be worked off before anything that names them, and IPSIS knows their types only as somebody mapped them there.
 */

const orgUnitColumns = [
  "type",
  "action",
  "code",
  "name",
  "start_date",
  "end_date",
  "is_active",
  "department_code",
  "template_code",
  "semester_code",
  "offering_code",
  "custom_code"
] as const

const userColumns = [
  "type",
  "action",
  "username",
  "org_defined_id",
  "first_name",
  "last_name",
  "password",
  "is_active",
  "role_name",
  "email",
  "relationships",
  "pref_first_name",
  "pref_last_name",
  "sort_last_name"
] as const

const enrollmentColumns = ["type", "action", "child_code", "role_name", "parent_code"] as const

/** Columns that came with version 3.0. */
const since30 = { orgUnits: ["discover"], users: ["pronouns"] } as const

/** Rows of one upload. D2L publishes no limit; so many are zipped within a second. */
const rowsAtOnce = 100_000

const created: RowKind["changes"] = { actions: [], fields: [] }
const role = { as: "role" } as const

const rowOf = (
  header: ReadonlyArray<string>,
  cells: Readonly<Record<string, RowCell | string>>
): Pick<RowKind, "header" | "cells"> => ({
  header,
  cells: header.map((column) => {
    const cell = cells[column] ?? ""
    return typeof cell === "string" ? { text: cell } : cell
  })
})

/** Fields of a resource that are in none of the cells. */
const lackedBy = (resource: string, cells: ReadonlyArray<RowCell>): ReadonlyArray<string> => {
  const held = new Set(cells.flatMap((cell) => ("text" in cell ? [] : [cell.of ?? cell.field])))
  return (brightspaceResources.get(resource)?.fields ?? []).flatMap(({ name }) => (held.has(name) ? [] : [name]))
}

const kindsOf = (version: BulkSettings["version"]): ReadonlyArray<Omit<RowKind, "lacks">> => {
  const isNewest = version === "3.0"
  const orgUnits = [...orgUnitColumns, ...(isNewest ? since30.orgUnits : [])]
  const users = [...userColumns, ...(isNewest ? since30.users : [])]
  const named = {
    action: "CREATE",
    code: { field: "code", maxLength: 50 },
    name: { field: "name", maxLength: 128 }
  } as const
  const enrolled = {
    type: "enrollment",
    // Sent again it changes nothing: an UPDATE of what is not there makes it.
    action: "UPDATE",
    child_code: { of: "user", field: "org_defined_id" }
  } as const
  return [
    {
      resource: "course_template",
      type: null,
      changes: created,
      file: "04-Templates.csv",
      ...rowOf(orgUnits, { ...named, type: "course template", custom_code: { of: "parent", field: "code" } })
    },
    {
      resource: "course_offering",
      type: null,
      changes: created,
      file: "05-Offerings.csv",
      ...rowOf(orgUnits, {
        ...named,
        type: "course offering",
        is_active: { field: "is_active", as: "flag" },
        template_code: { of: "template", field: "code" },
        semester_code: { of: "semester", field: "code", isOptional: true }
      })
    },
    {
      resource: "section",
      type: null,
      changes: created,
      file: "06-Sections.csv",
      ...rowOf(orgUnits, { ...named, type: "course section", offering_code: { of: "offering", field: "code" } })
    },
    {
      resource: "user",
      type: null,
      changes: created,
      file: "07-Users.csv",
      ...rowOf(users, {
        type: "user",
        action: "CREATE",
        username: { field: "username", maxLength: 256 },
        org_defined_id: { field: "org_defined_id", maxLength: 256 },
        first_name: { field: "first_name", maxLength: 64 },
        last_name: { field: "last_name", maxLength: 64 },
        is_active: { field: "is_active", as: "flag" },
        role_name: { field: "role", ...role },
        email: { field: "email", isOptional: true }
      })
    },
    {
      resource: "enrollment",
      type: null,
      changes: { actions: ["update", "restore"], fields: ["role"] },
      file: "08-Enrollments.csv",
      ...rowOf(enrollmentColumns, {
        ...enrolled,
        role_name: { field: "role", ...role },
        parent_code: { of: "org_unit", field: "code" }
      })
    },
    {
      resource: "enrollment",
      type: null,
      changes: created,
      ends: "unenroll",
      file: "08-Enrollments.csv",
      ...rowOf(enrollmentColumns, {
        ...enrolled,
        action: "DELETE",
        role_name: { field: "role", ...role },
        parent_code: { of: "org_unit", field: "code" }
      })
    },
    {
      resource: "section_enrollment",
      type: null,
      changes: created,
      file: "08-Enrollments.csv",
      ...rowOf(enrollmentColumns, {
        ...enrolled,
        role_name: { of: "enrollment", field: "role", ...role },
        parent_code: { of: "section", field: "code" }
      })
    }
  ]
}

export const formatOf = (
  { at, settleHours, version, waitMinutes }: BulkSettings,
  roles: ReadonlyArray<TargetRole>
): RowFormat => ({
  name: "D2L Standard CSV",
  at,
  rowsAtOnce,
  waitSeconds: waitMinutes * 60,
  settleSeconds: settleHours * 3600,
  kinds: kindsOf(version).map((kind) => ({ ...kind, lacks: lackedBy(kind.resource, kind.cells) })),
  names: [
    { field: "code", resources: ["org_unit", "course_template", "course_offering", "section"] },
    { field: "org_defined_id", resources: ["user"] },
    { field: "username", resources: ["user"] }
  ],
  // A name comes before a code, as where roles are looked up by their ids.
  roles: new Map([
    ...roles.flatMap(({ code, name }) => (code === null ? [] : [[foldName(code), name] as const])),
    ...roles.map(({ name }) => [foldName(name), name] as const)
  ])
})
