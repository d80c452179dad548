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
  },
  {
    name: "Grade Objects",
    key: ["GradeObjectId"],
    version: "Version",
    columns: [
      ...required("id", "GradeObjectId", "OrgUnitId"),
      ...required("boolean", "IsDeleted"),
      ...optional("id", "Version")
    ]
  },
  {
    // Private comments are not among its columns: they must not come further than the file.
    name: "Grade Results",
    key: ["GradeObjectId", "OrgUnitId", "UserId"],
    version: "Version",
    columns: [
      ...required("id", "GradeObjectId", "OrgUnitId", "UserId"),
      ...required("number", "PointsNumerator", "PointsDenominator"),
      ...required("text", "Comments"),
      ...required("timestamp", "LastModified", "GradeReleasedDate"),
      ...optional("id", "Version"),
      ...optional("boolean", "IsDeleted")
    ]
  }
]

export const formOf = (name: string): ListingForm | null => forms.find((form) => form.name === name) ?? null
