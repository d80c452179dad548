import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ReadScope } from "../../../ports/source.ts"
import type { TargetError } from "../../../ports/target.ts"
import type { Tenant } from "../client.ts"
import { CourseOffering } from "../wire.ts"
import { readActivities } from "./activities.ts"
import { isForSis, type Items, typeOf } from "./items.ts"
import type { GradebookRow } from "./row-files.ts"
import { CategoryForSis, ExemptUser, GradeCategory, GradeValue, ItemForSis } from "./wire.ts"

/** What was read of one course. `tellsSis` is false where the tenant would not say what is meant for the SIS. */
export interface CourseRows {
  readonly rows: ReadonlyArray<GradebookRow>
  readonly tellsSis: boolean
}

/** Reads the records of one collection in one course; null for a collection that there is not. */
export const courseReader = (
  tenant: Tenant,
  items: Items,
  endpoint: string
): ((scope: ReadScope) => Effect.Effect<CourseRows, TargetError>) | null => {
  const plain =
    (read: (scope: ReadScope) => Effect.Effect<ReadonlyArray<GradebookRow>, TargetError>) => (scope: ReadScope) =>
      Effect.map(read(scope), (rows) => ({ rows, tellsSis: true }))
  switch (endpoint) {
    case "/gradebook/courses":
      return plain(({ id }) => Effect.map(readCourse(tenant, id), (row) => [row]))
    case "/gradebook/items":
      return ({ id }) => readItems(tenant, items, id)
    case "/gradebook/categories":
      return ({ id }) => readCategories(tenant, id)
    case "/gradebook/values":
      return plain((scope) => readValues(tenant, scope))
    case "/gradebook/exemptions":
      return plain(({ id }) => readExemptions(tenant, items, id))
    case "/gradebook/activities":
      return plain(({ id }) => Effect.flatMap(items.headsOf(id), (heads) => readActivities(tenant, id, heads)))
    default:
      return null
  }
}

const readCourse = Effect.fn("brightspace.read-course")(function* (tenant: Tenant, orgUnitId: string) {
  const offering = yield* tenant.ask(CourseOffering, { product: "lp", method: "GET", path: `/courses/${orgUnitId}` })
  return {
    RowId: orgUnitId,
    OrgUnitId: orgUnitId,
    IsActive: offering.IsActive,
    StartDate: offering.StartDate,
    EndDate: offering.EndDate
  }
})

const readItems = Effect.fn("brightspace.read-items")(function* (tenant: Tenant, items: Items, orgUnitId: string) {
  const objects = yield* items.of(orgUnitId)
  const asked = objects.filter((object) => isForSis(typeOf(object).id)).map((object) => object.Id)
  const forSis = yield* askForSis(tenant, asked, (id) => `/${orgUnitId}/grades/${id}/ipsis`, ItemForSis)
  const rows = objects.map((object) => {
    const type = typeOf(object)
    return {
      RowId: `${orgUnitId}/${object.Id}`,
      OrgUnitId: orgUnitId,
      Id: object.Id,
      Name: object.Name,
      ShortName: object.ShortName,
      GradeType: type.name,
      GradeObjectTypeId: type.id,
      CategoryId: object.CategoryId === "0" ? null : object.CategoryId,
      Description: object.Description?.Text ?? null,
      MaxPoints: object.MaxPoints,
      ToolId: object.AssociatedTool?.ToolId ?? null,
      ToolItemId: object.AssociatedTool?.ToolItemId ?? null,
      IsHidden: object.IsHidden,
      AcademicSessionOrgUnitId: forSis.answers.get(object.Id)?.AcademicSessionOrgUnitId ?? null
    }
  })
  return { rows, tellsSis: forSis.isTold }
})

const readCategories = Effect.fn("brightspace.read-categories")(function* (tenant: Tenant, orgUnitId: string) {
  const path = `/${orgUnitId}/grades/categories/`
  const categories = yield* tenant.ask(Schema.Array(GradeCategory), { product: "le", method: "GET", path })
  const ids = categories.map((category) => category.Id)
  const forSis = yield* askForSis(tenant, ids, (id) => `${path}${id}/ipsis`, CategoryForSis)
  const rows = categories.map((category) => ({
    RowId: `${orgUnitId}/${category.Id}`,
    OrgUnitId: orgUnitId,
    Id: category.Id,
    Name: category.Name,
    ShortName: category.ShortName,
    ExportToSIS: forSis.answers.get(category.Id)?.ExportToSIS ?? null
  }))
  return { rows, tellsSis: forSis.isTold }
})

/** Rows a page may have (`le` grades/values/). */
const valuesPerPage = "200"

const readValues = Effect.fn("brightspace.read-values")(function* (tenant: Tenant, scope: ReadScope) {
  const values = yield* tenant.askObjects(GradeValue, {
    product: "le",
    method: "GET",
    path: `/${scope.id}/grades/values/`,
    query: { pageSize: valuesPerPage, ...(scope.since === null ? {} : { modifiedSince: scope.since }) }
  })
  return values.map((value) => ({
    // Without a user there is no telling whose it is: a row without an id is turned away and counted.
    RowId: value.UserId === null ? null : `${scope.id}/${value.GradeObjectIdentifier}/${value.UserId}`,
    OrgUnitId: scope.id,
    UserId: value.UserId,
    GradeObjectId: value.GradeObjectIdentifier,
    PointsNumerator: value.PointsNumerator,
    PointsDenominator: value.PointsDenominator,
    Comments: value.Comments?.Text ?? null,
    LastModified: value.LastModified,
    ReleasedDate: value.ReleasedDate
  }))
})

const readExemptions = Effect.fn("brightspace.read-exemptions")(function* (
  tenant: Tenant,
  items: Items,
  orgUnitId: string
) {
  const asked = (yield* items.headsOf(orgUnitId)).filter(({ typeId }) => isForSis(typeId))
  const exempt = yield* Effect.forEach(
    asked,
    ({ id }) =>
      Effect.map(
        tenant.ask(Schema.Array(ExemptUser), {
          product: "le",
          method: "GET",
          path: `/${orgUnitId}/grades/${id}/exemptions/`
        }),
        (users) =>
          users.map((user) => {
            const userId = "UserId" in user ? user.UserId : user.Identifier
            return { RowId: `${orgUnitId}/${id}/${userId}`, OrgUnitId: orgUnitId, GradeObjectId: id, UserId: userId }
          })
      ),
    { concurrency: tenant.connection.budget.concurrency }
  )
  return exempt.flat()
})

/**
 * What is meant for the SIS, record by record. One refusal with 403 or 404 for the first says that the tenant has no such
 * setting here, and the others are not asked for.
 */
const askForSis = Effect.fnUntraced(function* <A, I>(
  tenant: Tenant,
  ids: ReadonlyArray<string>,
  pathOf: (id: string) => string,
  schema: Schema.Schema<A, I>
) {
  const answers = new Map<string, A>()
  let isTold = true
  const ask = (id: string): Effect.Effect<void, TargetError> =>
    tenant.ask(schema, { product: "le", method: "GET", path: pathOf(id) }).pipe(
      Effect.map((answer) => void answers.set(id, answer)),
      Effect.catchIf(
        (error) => error.reason === "NotFound" || error.reason === "Forbidden",
        () =>
          Effect.sync(() => {
            isTold = false
          })
      )
    )
  const [first, ...others] = ids
  if (first !== undefined) yield* ask(first)
  if (isTold) {
    yield* Effect.forEach(others, ask, { concurrency: tenant.connection.budget.concurrency, discard: true })
  }
  return { answers, isTold }
})
