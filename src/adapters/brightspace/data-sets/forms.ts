import type { ListingColumn, ListingForm } from "../../../core/ports/listings.ts"
import { usersColumns } from "../wire.ts"

const required = (kind: ListingColumn["kind"], ...names: ReadonlyArray<string>): ReadonlyArray<ListingColumn> =>
  names.map((name) => ({ name, kind, required: true }))
const optional = (kind: ListingColumn["kind"], ...names: ReadonlyArray<string>): ReadonlyArray<ListingColumn> =>
  names.map((name) => ({ name, kind, required: false }))

const { is_active, ...ofPerson } = usersColumns

/** The columns that rollbook looks at, of the data sets that it knows. Those that newer or older tenants lack are optional. */
const forms: ReadonlyArray<ListingForm> = [
  {
    name: "Users",
    key: ["UserId"],
    version: "Version",
    columns: [
      ...required("id", "UserId"),
      ...required("text", ...Object.values(ofPerson)),
      ...required("boolean", is_active),
      ...optional("id", "Version", "OrgRoleId")
    ]
  },
  {
    name: "Organizational Units",
    key: ["OrgUnitId"],
    version: "Version",
    columns: [
      ...required("id", "OrgUnitId"),
      ...required("text", "Type", "Name", "Code"),
      ...required("timestamp", "StartDate", "EndDate"),
      ...required("boolean", "IsActive", "IsDeleted"),
      ...optional("timestamp", "RecycledDate"),
      ...optional("id", "Version")
    ]
  },
  {
    name: "Organizational Unit Parents",
    key: ["OrgUnitId", "ParentOrgUnitId"],
    version: "RowVersion",
    columns: [
      ...required("id", "OrgUnitId", "ParentOrgUnitId"),
      ...required("timestamp", "DateDeleted"),
      ...optional("id", "RowVersion")
    ]
  },
  {
    name: "User Enrollments",
    key: ["OrgUnitId", "UserId"],
    version: null,
    columns: required("id", "OrgUnitId", "UserId", "RoleId")
  }
]

export const formOf = (name: string): ListingForm | null => forms.find((form) => form.name === name) ?? null
