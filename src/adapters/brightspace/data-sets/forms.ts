import type { ListingColumn, ListingForm } from "../../../core/ports/listings.ts"
import { usersColumns } from "../wire.ts"

const required = (kind: ListingColumn["kind"], ...names: ReadonlyArray<string>): ReadonlyArray<ListingColumn> =>
  names.map((name) => ({ name, kind, required: true }))
const optional = (kind: ListingColumn["kind"], ...names: ReadonlyArray<string>): ReadonlyArray<ListingColumn> =>
  names.map((name) => ({ name, kind, required: false }))

const { is_active, ...ofPerson } = usersColumns

/** Rows that a full extract has at most, about: what Brightspace says of it. */
const mostRows = 150_000_000

/** The columns that rollbook looks at, of the data sets that it knows. Those that newer or older tenants lack are optional. */
const forms: ReadonlyArray<Omit<ListingForm, "mostRows">> = [
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
      ...required("id", "GradeObjectId", "OrgUnitId", "GradeObjectTypeId"),
      ...required("number", "MaxPoints"),
      ...required("boolean", "IsDeleted"),
      ...optional("id", "Version")
    ]
  },
  {
    name: "Grade Results",
    key: ["GradeObjectId", "OrgUnitId", "UserId"],
    version: "Version",
    columns: [
      ...required("id", "GradeObjectId", "OrgUnitId", "UserId"),
      ...required("number", "PointsNumerator", "PointsDenominator"),
      ...required("timestamp", "LastModified"),
      ...required("text", "Comments"),
      ...optional("timestamp", "GradeReleasedDate"),
      ...optional("boolean", "IsDeleted"),
      ...optional("id", "Version")
    ]
  }
]

export const formOf = (name: string): ListingForm | null => {
  const form = forms.find((one) => one.name === name)
  return form === undefined ? null : { ...form, mostRows }
}
