import * as Schema from "effect/Schema"
import { refuse } from "../refusals.ts"
import { administratorId, type OrgUnit, type Tenant, typeIds, type User } from "../tenant.ts"
import { UtcDateTime } from "../wire.ts"
import {
  createActivity,
  createCategory,
  createGradeObject,
  demandGradeName,
  gradebookOf,
  learnersOf,
  liveObjects,
  orgUnitWithCode,
  putValue
} from "./gradebook.ts"
import { type Gradebook, type GradeObject, gradeTypes } from "./model.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const gradeTypeNames = Object.keys(gradeTypes) as ReadonlyArray<keyof typeof gradeTypes>

const dates = { due: optional(Schema.NullOr(UtcDateTime)), end: optional(Schema.NullOr(UtcDateTime)) }

const itemFields = {
  shortName: optional(Schema.String),
  description: optional(Schema.String),
  maxPoints: optional(Schema.NullOr(Schema.Number)),
  /** By name; null = none. */
  category: optional(Schema.NullOr(Schema.String)),
  /** Code of a semester; null = none. */
  session: optional(Schema.NullOr(Schema.String)),
  gradeScheme: optional(Schema.NullOr(Schema.Int)),
  canExceed: optional(Schema.Boolean),
  isBonus: optional(Schema.Boolean),
  excludeFromFinal: optional(Schema.Boolean),
  isHidden: optional(Schema.Boolean)
}

const Item = Schema.Struct({
  ...itemFields,
  name: Schema.String,
  type: Schema.Literal(...gradeTypeNames),
  activity: optional(Schema.Struct({ tool: Schema.Literal("dropbox", "quiz", "discussion"), ...dates }))
})

/** A teacher's change by hand; fields that are left out stay. */
export const ItemEdit = Schema.Struct({
  ...itemFields,
  name: optional(Schema.String),
  activity: optional(Schema.Struct(dates))
})

const scoreFields = {
  /** Name of the grade object. */
  item: Schema.String,
  /** Org Defined ID. */
  user: Schema.String,
  /** Null clears. */
  points: Schema.NullOr(Schema.Number),
  /** The maximum at the time; that of the grade object when left out. */
  outOf: optional(Schema.NullOr(Schema.Number)),
  /** The displayed grade; the points when left out. */
  displayed: optional(Schema.String),
  comment: optional(Schema.String),
  privateComment: optional(Schema.String),
  released: optional(Schema.NullOr(UtcDateTime)),
  /** Now, when left out. */
  modified: optional(UtcDateTime)
}
const ScoreSeed = Schema.Struct(scoreFields)

/** One score, with the code of the course offering. */
export const Score = Schema.Struct({ course: Schema.String, ...scoreFields })

export const GradebookSeed = Schema.Struct({
  /** Code of the course offering. */
  course: Schema.String,
  categories: optional(Schema.Array(Schema.Struct({ name: Schema.String, exportToSis: Schema.Boolean }))),
  items: optional(Schema.Array(Item)),
  scores: optional(Schema.Array(ScoreSeed)),
  exemptions: optional(Schema.Array(Schema.Struct({ item: Schema.String, user: Schema.String })))
})

/**
 * Fills a grade book as teachers do by hand: computed types too. A category that is there is switched, not made again;
 * items are new; scores may be of items that are there.
 */
export const seedGradebook = (tenant: Tenant, wanted: typeof GradebookSeed.Type): void => {
  const offering = orgUnitWithCode(tenant, typeIds.offering, wanted.course)
  const gradebook = gradebookOf(tenant, offering)
  for (const { name, exportToSis } of wanted.categories ?? []) {
    const category =
      [...gradebook.categories.values()].find((one) => one.name === name) ?? newCategory(tenant, gradebook, name)
    category.exportToSis = exportToSis
  }
  for (const item of wanted.items ?? []) seedItem(tenant, gradebook, item)
  for (const score of wanted.scores ?? []) giveScore(tenant, offering, score)
  for (const { item, user } of wanted.exemptions ?? []) {
    objectNamed(gradebook, item).exemptions.add(learnerNamed(tenant, offering, user).id)
  }
}

const newCategory = (tenant: Tenant, gradebook: Gradebook, name: string) => {
  demandGradeName(gradebook, name, null)
  return createCategory(tenant, gradebook, {
    name,
    shortName: "",
    canExceedMax: false,
    excludeFromFinalGrade: false,
    startDate: null,
    endDate: null,
    weight: null,
    maxPoints: null,
    autoPoints: null,
    weightDistributionType: null,
    numberOfHighestToDrop: null,
    numberOfLowestToDrop: null
  })
}

const seedItem = (tenant: Tenant, gradebook: Gradebook, item: typeof Item.Type): void => {
  demandGradeName(gradebook, item.name, null)
  const object = createGradeObject(tenant, gradebook, {
    type: item.type,
    name: item.name,
    shortName: "",
    categoryId: null,
    description: "",
    gradeSchemeId: item.type === "Text" ? null : 1,
    weight: null,
    associatedTool: null,
    isHidden: false,
    maxPoints: null,
    canExceedMaxPoints: false,
    isBonus: false,
    excludeFromFinalGrade: false
  })
  const { activity, ...edit } = item
  editItem(tenant, gradebook, object, edit)
  if (activity === undefined) return
  createActivity(tenant, gradebook, object, activity.tool, { due: activity.due ?? null, end: activity.end ?? null })
}

/** Changes a grade object of any type, and the dates of its activity. */
export const editItem = (
  tenant: Tenant,
  gradebook: Gradebook,
  object: GradeObject,
  edit: typeof ItemEdit.Type
): void => {
  if (edit.name !== undefined) demandGradeName(gradebook, edit.name, object.id)
  object.name = edit.name ?? object.name
  object.shortName = edit.shortName ?? object.shortName
  object.description = edit.description ?? object.description
  if (edit.maxPoints !== undefined) object.maxPoints = edit.maxPoints
  if (edit.category !== undefined) {
    object.categoryId = edit.category === null ? null : categoryNamed(gradebook, edit.category)
  }
  if (edit.session !== undefined) {
    const session = edit.session === null ? null : orgUnitWithCode(tenant, typeIds.semester, edit.session).id
    object.export = { ...object.export, AcademicSessionOrgUnitId: session }
  }
  if (edit.gradeScheme !== undefined) object.gradeSchemeId = edit.gradeScheme
  object.canExceedMaxPoints = edit.canExceed ?? object.canExceedMaxPoints
  object.isBonus = edit.isBonus ?? object.isBonus
  object.excludeFromFinalGrade = edit.excludeFromFinal ?? object.excludeFromFinalGrade
  object.isHidden = edit.isHidden ?? object.isHidden
  if (edit.activity === undefined) return
  const activity = gradebook.activities.find((one) => one.gradeObjectId === object.id)
  if (activity === undefined) throw refuse(400, "The grade object has no activity.")
  if (edit.activity.due !== undefined) activity.due = edit.activity.due
  if (edit.activity.end !== undefined) activity.end = edit.activity.end
}

/** Gives, changes or clears the score of a learner. */
export const giveScore = (tenant: Tenant, offering: OrgUnit, score: typeof ScoreSeed.Type): void => {
  const object = objectNamed(gradebookOf(tenant, offering), score.item)
  const user = learnerNamed(tenant, offering, score.user)
  const before = object.values.get(user.id)
  putValue(object, user, {
    points: score.points,
    outOf: score.outOf === undefined ? object.maxPoints : score.outOf,
    comment: score.comment ?? before?.comment ?? "",
    privateComment: score.privateComment ?? before?.privateComment ?? "",
    releasedDate: score.released === undefined ? (before?.releasedDate ?? null) : score.released,
    modifiedBy: administratorId,
    ...(score.displayed === undefined ? {} : { displayed: score.displayed }),
    ...(score.modified === undefined ? {} : { lastModified: score.modified })
  })
}

const objectNamed = (gradebook: Gradebook, name: string): GradeObject => {
  const found = liveObjects(gradebook).find((object) => object.name === name)
  if (found === undefined) throw refuse(400, `The course has no grade item ${name}.`)
  return found
}

const categoryNamed = (gradebook: Gradebook, name: string): number => {
  const found = [...gradebook.categories.values()].find((category) => category.name === name)
  if (found === undefined) throw refuse(400, `The course has no grade category ${name}.`)
  return found.id
}

const learnerNamed = (tenant: Tenant, offering: OrgUnit, orgDefinedId: string): User => {
  const found = learnersOf(tenant, offering).find((user) => user.orgDefinedId === orgDefinedId)
  if (found === undefined) throw refuse(400, `The course has no learner with the Org Defined ID ${orgDefinedId}.`)
  return found
}
