import { refuse } from "../refusals.ts"
import { type OrgUnit, type Tenant, typeIds, type User } from "../tenant.ts"
import type { Activity, GradeCategory, GradeObject, Gradebook, GradeValue, ItemExport, Tool } from "./model.ts"

export const gradebookOf = (tenant: Tenant, offering: OrgUnit): Gradebook => {
  const known = tenant.gradebooks.byOrgUnit.get(offering.id)
  if (known !== undefined) return known
  const made: Gradebook = {
    objects: new Map(),
    categories: new Map(),
    activities: [],
    setup: { GradingSystem: "Points", IsNullGradeZero: false, DefaultGradeSchemeId: 1 }
  }
  tenant.gradebooks.byOrgUnit.set(offering.id, made)
  return made
}

/** Grade objects as a list shows them: without deleted ones. */
export const liveObjects = (gradebook: Gradebook): ReadonlyArray<GradeObject> =>
  [...gradebook.objects.values()].filter((one) => !one.isDeleted)

export const gradeObjectOf = (gradebook: Gradebook, id: string | number): GradeObject => {
  const found = gradebook.objects.get(Number(id))
  if (found === undefined || found.isDeleted) throw refuse(404, "The grade object was not found.")
  return found
}

export const categoryOf = (gradebook: Gradebook, id: string | number): GradeCategory => {
  const found = gradebook.categories.get(Number(id))
  if (found === undefined) throw refuse(404, "The grade category was not found.")
  return found
}

/** People who are graded: those with a role that is shown in grades, by id. People who left are not among them. */
export const learnersOf = (tenant: Tenant, offering: OrgUnit): ReadonlyArray<User> =>
  [...offering.enrollments.values()]
    .filter(({ roleId }) => tenant.roles.get(roleId)?.name === "Student")
    .map(({ userId }) => tenant.users.get(userId))
    .filter((user) => user !== undefined)
    .sort((a, b) => a.id - b.id)

export const learnerOf = (tenant: Tenant, offering: OrgUnit, id: string | number): User => {
  const found = learnersOf(tenant, offering).find((user) => user.id === Number(id))
  if (found === undefined) throw refuse(404, "The user is not graded in the course.")
  return found
}

/** Characters that no name of a grade object or category may hold. */
const forbiddenInNames = /[/"*<>+=|,%]/

/** Refuses a name that is empty, too long, holds what it may not, or is another's in the grade book. */
export const demandGradeName = (gradebook: Gradebook, name: string, self: number | null): void => {
  if (name.trim() === "") throw refuse(400, "Name is empty.")
  if (name.length > 128) throw refuse(400, "Name is longer than 128 characters.")
  if (forbiddenInNames.test(name)) throw refuse(400, "Name holds a character that is not allowed.")
  const isTaken = [...liveObjects(gradebook), ...gradebook.categories.values()].some(
    (other) => other.id !== self && other.name === name
  )
  if (isTaken) throw refuse(400, "The name is already in use.")
}

/** The fields by which a grade object is made or changed. */
export type GradeObjectInfo = Omit<GradeObject, "id" | "isDeleted" | "export" | "values" | "exemptions">

export const createGradeObject = (tenant: Tenant, gradebook: Gradebook, info: GradeObjectInfo): GradeObject => {
  const made: GradeObject = {
    ...info,
    id: tenant.gradebooks.nextId++,
    isDeleted: false,
    export: noExport,
    values: new Map(),
    exemptions: new Set()
  }
  gradebook.objects.set(made.id, made)
  return made
}

const noExport: ItemExport = {
  AcademicSessionOrgUnitId: null,
  EndOfCourse: false,
  PowerSchoolGradeType: null,
  SectionOrgUnitId: null
}

export const createCategory = (
  tenant: Tenant,
  gradebook: Gradebook,
  info: Omit<GradeCategory, "id" | "exportToSis" | "sessionId">
): GradeCategory => {
  const made: GradeCategory = { ...info, id: tenant.gradebooks.nextId++, exportToSis: false, sessionId: null }
  gradebook.categories.set(made.id, made)
  return made
}

/** ToolIds; that of the dropbox was seen on a tenant, the others are the sandbox's own. */
const toolIds: Readonly<Record<Tool, number>> = { dropbox: 2000, quiz: 44_000, discussion: 3000 }

/** Ties a grade object to a new activity of a tool. */
export const createActivity = (
  tenant: Tenant,
  gradebook: Gradebook,
  object: GradeObject,
  tool: Tool,
  dates: { readonly due: string | null; readonly end: string | null }
): Activity => {
  const made: Activity = {
    id: tenant.gradebooks.nextActivityId[tool]++,
    tool,
    name: object.name,
    gradeObjectId: object.id,
    ...dates
  }
  gradebook.activities.push(made)
  object.associatedTool = { ToolId: toolIds[tool], ToolItemId: made.id }
  return made
}

/** Restores a deleted grade object under its id, with its values. */
export const restoreGradeObject = (gradebook: Gradebook, id: string | number): void => {
  const found = gradebook.objects.get(Number(id))
  if (found === undefined || !found.isDeleted) throw refuse(404, "There is no deleted grade object of this id.")
  demandGradeName(gradebook, found.name, found.id)
  found.isDeleted = false
}

/** Gives or changes a score; it was modified now unless it says otherwise. */
export const putValue = (
  object: GradeObject,
  user: User,
  given: Omit<GradeValue, "lastModified" | "displayed"> & Partial<GradeValue>
): void => {
  const { points, outOf } = given
  object.values.set(user.id, {
    displayed: points === null ? "" : outOf === null ? String(points) : `${points} / ${outOf}`,
    lastModified: new Date().toISOString(),
    ...given
  })
}

/** An org unit of a type by its code: an offering and its section may share one. */
export const orgUnitWithCode = (tenant: Tenant, typeId: number, code: string): OrgUnit => {
  const found = [...(tenant.byCode.get(code) ?? [])]
    .map((id) => tenant.orgUnits.get(id))
    .find((one) => one?.typeId === typeId && !one.isRecycled)
  if (found === undefined) {
    const type = typeId === typeIds.semester ? "semester" : "course offering"
    throw refuse(400, `There is no ${type} with the code ${code}.`)
  }
  return found
}
