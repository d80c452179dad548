import type { CollectionContract, ColumnContract } from "../../core/ports/contracts.ts"
import type { AnyServes } from "../../core/ports/meanings.ts"

/**
 * The collections of OneRoster 1.1 (1EdTech, sections 4.3–4.13), as far as a roster needs them. `inactive` is 1.0's word
 * for a record that is to go.
 */

const status: ColumnContract = {
  name: "status",
  kind: "text",
  required: true,
  values: ["active", "tobedeleted"],
  aliases: { inactive: "tobedeleted" }
}
const base: ReadonlyArray<ColumnContract> = [
  { name: "sourcedId", kind: "text", required: true },
  status,
  { name: "dateLastModified", kind: "timestamp" }
]

const collection = (
  endpoint: string,
  pageKeys: ReadonlyArray<string>,
  columns: ReadonlyArray<ColumnContract>,
  serves?: AnyServes
): readonly [string, CollectionContract] => [
  endpoint,
  {
    endpoint,
    pageKeys,
    key: "sourcedId",
    modified: "dateLastModified",
    tellsChanges: true,
    refKey: "sourcedId",
    standing: { column: "status", value: "active" },
    ...(serves === undefined ? {} : { serves }),
    columns: [...base, ...columns]
  }
]

const orgs: ReadonlyArray<ColumnContract> = [
  { name: "name", kind: "text", required: true },
  {
    name: "type",
    kind: "text",
    required: true,
    values: ["department", "school", "district", "local", "state", "national"]
  },
  { name: "identifier", kind: "text" },
  { name: "parent", kind: "ref" }
]

const academicSessions: ReadonlyArray<ColumnContract> = [
  { name: "title", kind: "text", required: true },
  { name: "type", kind: "text", required: true, values: ["gradingPeriod", "semester", "schoolYear", "term"] },
  { name: "startDate", kind: "date", required: true },
  { name: "endDate", kind: "date", required: true },
  { name: "parent", kind: "ref" },
  { name: "schoolYear", kind: "text" }
]

const servesAsSessions: AnyServes = {
  as: "academic_sessions",
  system: "OneRoster",
  columns: {
    id: "sourcedId",
    title: "title",
    type: "type",
    parent: "parent",
    start_date: "startDate",
    end_date: "endDate"
  }
}

const courses: ReadonlyArray<ColumnContract> = [
  { name: "title", kind: "text" },
  { name: "courseCode", kind: "text" },
  { name: "schoolYear", kind: "ref" },
  { name: "org", kind: "ref" }
]

const classes: ReadonlyArray<ColumnContract> = [
  { name: "title", kind: "text" },
  { name: "classCode", kind: "text" },
  { name: "classType", kind: "text", values: ["homeroom", "scheduled"] },
  { name: "location", kind: "text" },
  { name: "course", kind: "ref", required: true },
  { name: "school", kind: "ref", required: true },
  { name: "terms", kind: "refs" },
  { name: "periods", kind: "texts" }
]

/** The words of 1.1, then those that 1.2 has beside them. Others pass as the source spells them: 1.2 lets it add its own. */
const roles = [
  "administrator",
  "aide",
  "guardian",
  "parent",
  "proctor",
  "relative",
  "student",
  "teacher",
  "counselor",
  "districtAdministrator",
  "principal",
  "siteAdministrator",
  "systemAdministrator"
]

/** A role of a person where there are several: what, in which org, from when, and until the day before which. */
const rolesOfUser: ColumnContract = {
  name: "roles",
  kind: "records",
  members: [
    { name: "role", kind: "text", values: roles, isOpen: true },
    { name: "org", kind: "ref" },
    { name: "beginDate", kind: "date" },
    { name: "endDate", kind: "date" }
  ]
}

const users: ReadonlyArray<ColumnContract> = [
  { name: "username", kind: "text", personal: true },
  { name: "enabledUser", kind: "boolean" },
  { name: "givenName", kind: "text", personal: true },
  { name: "familyName", kind: "text", personal: true },
  { name: "middleName", kind: "text", personal: true },
  { name: "role", kind: "text", required: true, values: roles, isOpen: true },
  { ...rolesOfUser, isAbsent: true },
  { name: "identifier", kind: "text" },
  { name: "email", kind: "text", personal: true },
  { name: "orgs", kind: "refs" },
  { name: "agents", kind: "refs" }
]

const enrollments: ReadonlyArray<ColumnContract> = [
  { name: "user", kind: "ref", required: true },
  { name: "class", kind: "ref", required: true },
  { name: "school", kind: "ref" },
  { name: "role", kind: "text", required: true, values: roles, isOpen: true },
  { name: "primary", kind: "boolean" },
  { name: "beginDate", kind: "date" },
  { name: "endDate", kind: "date" }
]

/** Every collection a pipeline may read, by endpoint, as OneRoster 1.1 has it. `/terms`, `/students` and their like answer under their kind's key. */
export const oneRosterCollections: ReadonlyMap<string, CollectionContract> = new Map([
  collection("/orgs", ["orgs"], orgs),
  collection("/schools", ["orgs", "schools"], orgs),
  collection("/academicSessions", ["academicSessions"], academicSessions, servesAsSessions),
  collection("/terms", ["academicSessions", "terms"], academicSessions, servesAsSessions),
  collection("/gradingPeriods", ["academicSessions", "gradingPeriods"], academicSessions, servesAsSessions),
  collection("/courses", ["courses"], courses),
  collection("/classes", ["classes"], classes),
  collection("/users", ["users"], users),
  collection("/students", ["users", "students"], users),
  collection("/teachers", ["users", "teachers"], users),
  collection("/administrators", ["users", "administrators"], users),
  collection("/guardians", ["users", "guardians"], users),
  collection("/relatives", ["users", "relatives"], users),
  collection("/enrollments", ["enrollments"], enrollments)
])

const asOf12 = (column: ColumnContract): ColumnContract => {
  switch (column.name) {
    case "role":
      return {
        ...column,
        otherwise: { list: "roles", member: "role", prefer: { member: "roleType", value: "primary" } }
      }
    case "roles":
      return rolesOfUser
    case "orgs":
      return { ...column, otherwise: { list: "roles", member: "org" } }
    default:
      return column
  }
}

/**
 * The same collections with the same columns, read from OneRoster 1.2 as well: there a user has a list of roles, each with
 * its org: `roles` has them all, `role` the primary one, `orgs` the org of each. Apart from the others because it takes longer to read.
 */
export const oneRoster12Collections: ReadonlyMap<string, CollectionContract> = new Map(
  [...oneRosterCollections].map(([endpoint, contract]) => [
    endpoint,
    contract.pageKeys[0] === "users" ? { ...contract, columns: contract.columns.map(asOf12) } : contract
  ])
)
