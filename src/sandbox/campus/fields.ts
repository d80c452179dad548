/** How a OneRoster 1.1 CSV file becomes records of the REST binding: the standard's tables, field by field. */

export type CollectionName =
  | "academicSessions"
  | "orgs"
  | "courses"
  | "classes"
  | "users"
  | "enrollments"
  | "demographics"
  | "categories"
  | "lineItems"
  | "results"
  | "resources"

export type FieldKind = "text" | "boolean" | "number" | "texts" | "ref" | "refs" | "userIds"

export interface Field {
  readonly name: string
  readonly kind: FieldKind
  /** The CSV column. */
  readonly column: string
  /** The collection to which a reference leads, and the type that the standard gives it. */
  readonly to?: { readonly collection: CollectionName; readonly type: string }
  /** Stands in the record even when it is empty. */
  readonly required: boolean
}

export interface CollectionShape {
  readonly name: CollectionName
  /** Key of one record. */
  readonly single: string
  readonly fields: ReadonlyArray<Field>
}

const text = (name: string, required = false): Field => ({ name, kind: "text", column: name, required })
const list = (name: string): Field => ({ name, kind: "texts", column: name, required: false })
const flag = (name: string, required = false): Field => ({ name, kind: "boolean", column: name, required })
const number = (name: string): Field => ({ name, kind: "number", column: name, required: true })
const ref = (name: string, collection: CollectionName, type: string, column = `${name}SourcedId`): Field => ({
  name,
  kind: "ref",
  column,
  to: { collection, type },
  required: false
})
const refs = (name: string, collection: CollectionName, type: string, column: string): Field => ({
  ...ref(name, collection, type, column),
  kind: "refs"
})

const base: ReadonlyArray<Field> = [text("sourcedId", true), text("status", true), text("dateLastModified", true)]

const shape = (name: CollectionName, single: string, fields: ReadonlyArray<Field>): CollectionShape => ({
  name,
  single,
  fields: [...base, ...fields]
})

export const collectionShapes: ReadonlyMap<CollectionName, CollectionShape> = new Map(
  [
    shape("orgs", "org", [
      text("name", true),
      text("type", true),
      text("identifier"),
      ref("parent", "orgs", "org"),
      refs("children", "orgs", "org", "")
    ]),
    shape("academicSessions", "academicSession", [
      text("title", true),
      text("startDate", true),
      text("endDate", true),
      text("type", true),
      ref("parent", "academicSessions", "academicSession"),
      refs("children", "academicSessions", "academicSession", ""),
      text("schoolYear", true)
    ]),
    shape("courses", "course", [
      text("title", true),
      ref("schoolYear", "academicSessions", "academicSession"),
      text("courseCode", true),
      list("grades"),
      list("subjects"),
      ref("org", "orgs", "org"),
      list("subjectCodes")
    ]),
    shape("classes", "class", [
      text("title", true),
      text("classCode"),
      text("classType", true),
      text("location"),
      list("grades"),
      list("subjects"),
      ref("course", "courses", "course"),
      ref("school", "orgs", "org"),
      refs("terms", "academicSessions", "term", "termSourcedIds"),
      list("subjectCodes"),
      list("periods")
    ]),
    shape("users", "user", [
      text("username", true),
      { name: "userIds", kind: "userIds", column: "userIds", required: false },
      flag("enabledUser", true),
      text("givenName", true),
      text("familyName", true),
      text("middleName"),
      text("role", true),
      text("identifier"),
      text("email"),
      text("sms"),
      text("phone"),
      refs("agents", "users", "user", "agentSourcedIds"),
      refs("orgs", "orgs", "org", "orgSourcedIds"),
      list("grades")
    ]),
    shape("enrollments", "enrollment", [
      ref("user", "users", "user"),
      ref("class", "classes", "class"),
      ref("school", "orgs", "org"),
      text("role", true),
      flag("primary"),
      text("beginDate"),
      text("endDate")
    ]),
    shape("demographics", "demographics", [
      text("birthDate"),
      text("sex"),
      flag("americanIndianOrAlaskaNative"),
      flag("asian"),
      flag("blackOrAfricanAmerican"),
      flag("nativeHawaiianOrOtherPacificIslander"),
      flag("white"),
      flag("demographicRaceTwoOrMoreRaces"),
      flag("hispanicOrLatinoEthnicity"),
      text("countryOfBirthCode"),
      text("stateOfBirthAbbreviation"),
      text("cityOfBirth"),
      text("publicSchoolResidenceStatus")
    ]),
    shape("categories", "category", [text("title", true)]),
    shape("lineItems", "lineItem", [
      text("title", true),
      text("description"),
      text("assignDate", true),
      text("dueDate", true),
      ref("class", "classes", "class"),
      ref("category", "categories", "category"),
      ref("gradingPeriod", "academicSessions", "gradingPeriod"),
      number("resultValueMin"),
      number("resultValueMax")
    ]),
    shape("results", "result", [
      ref("lineItem", "lineItems", "lineItem"),
      ref("student", "users", "user"),
      text("scoreStatus", true),
      number("score"),
      text("scoreDate", true),
      text("comment")
    ]),
    shape("resources", "resource", [
      text("title"),
      list("roles"),
      text("importance"),
      text("vendorResourceId", true),
      text("vendorId"),
      text("applicationId")
    ])
  ].map((one) => [one.name, one])
)

export interface Endpoint {
  readonly path: string
  readonly collection: CollectionName
  /** The records of the collection that this endpoint gives. */
  readonly only?: { readonly field: string; readonly value: string }
  /** Whether the vendor header is asked for. */
  readonly isGradebook?: boolean
}

const ofType = (path: string, collection: CollectionName, value: string): Endpoint => ({
  path,
  collection,
  only: { field: "type", value }
})
const ofRole = (path: string, value: string, collection: CollectionName = "users"): Endpoint => ({
  path,
  collection,
  only: { field: "role", value }
})

/** The flat collections of the standard, and those that Infinite Campus adds. */
export const endpoints: ReadonlyArray<Endpoint> = [
  { path: "orgs", collection: "orgs" },
  ofType("schools", "orgs", "school"),
  ofType("districts", "orgs", "district"),
  { path: "academicSessions", collection: "academicSessions" },
  ofType("terms", "academicSessions", "term"),
  ofType("gradingPeriods", "academicSessions", "gradingPeriod"),
  { path: "courses", collection: "courses" },
  { path: "classes", collection: "classes" },
  { path: "users", collection: "users" },
  ofRole("students", "student"),
  ofRole("teachers", "teacher"),
  ofRole("administrators", "administrator"),
  ofRole("guardians", "guardian"),
  ofRole("relatives", "relative"),
  { path: "enrollments", collection: "enrollments" },
  ofRole("studentEnrollments", "student", "enrollments"),
  ofRole("teacherEnrollments", "teacher", "enrollments"),
  { path: "demographics", collection: "demographics" },
  { path: "resources", collection: "resources" },
  { path: "categories", collection: "categories", isGradebook: true },
  { path: "lineItems", collection: "lineItems", isGradebook: true },
  { path: "results", collection: "results", isGradebook: true }
]
