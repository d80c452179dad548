import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ReadScope } from "../../../core/ports/source.ts"
import type { TargetError } from "../../../core/ports/target.ts"
import type { Tenant } from "../client.ts"
import { CourseOffering } from "../wire.ts"
import { readActivities } from "./activities.ts"
import { type Items, typeOf } from "./items.ts"
import type { GradebookRow } from "./row-files.ts"
import { CategoryForSis, ExemptUser, GradeCategory, GradeValue, ItemForSis } from "./wire.ts"

type ReadPart = (scope: ReadScope) => Effect.Effect<ReadonlyArray<GradebookRow>, TargetError>

/** How the records of one collection are read, and what its parts are. */
export interface PartReader {
  readonly of: "course" | "record"
  readonly read: ReadPart
  /** The record that stands for a part which the tenant refuses to tell; without it such a part is one that was not read. */
  readonly untold?: (recordId: string) => GradebookRow
}

/** Reads the records of one collection part by part; null for a collection that there is not. */
export const partReader = (tenant: Tenant, items: Items, endpoint: string): PartReader | null => {
  switch (endpoint) {
    case "/gradebook/courses":
      return { of: "course", read: ({ id }) => Effect.map(readCourse(tenant, id), (row) => [row]) }
    case "/gradebook/items":
      return { of: "course", read: ({ id }) => readItems(items, id) }
    case "/gradebook/item_settings":
      return {
        of: "record",
        read: settingsReader(tenant, "", ItemForSis, (item) => item),
        untold: untold({ AcademicSessionOrgUnitId: null, SectionOrgUnitId: null })
      }
    case "/gradebook/categories":
      return { of: "course", read: ({ id }) => readCategories(tenant, id) }
    case "/gradebook/category_settings":
      return {
        of: "record",
        read: settingsReader(tenant, "categories/", CategoryForSis, (category) => category),
        untold: untold({ ExportToSIS: null })
      }
    case "/gradebook/values":
      return { of: "course", read: (scope) => readValues(tenant, scope) }
    case "/gradebook/exemptions":
      return { of: "record", read: ({ id }) => readExemptions(tenant, id) }
    case "/gradebook/activities":
      return {
        of: "course",
        read: ({ id }) => Effect.flatMap(items.headsOf(id), (heads) => readActivities(tenant, id, heads))
      }
    default:
      return null
  }
}

const readCourse = Effect.fn("brightspace.read-course")(function* (tenant: Tenant, orgUnitId: string) {
  const offering = yield* tenant.ask(CourseOffering, { product: "lp", method: "GET", path: `/courses/${orgUnitId}` })
  return {
    RecordId: orgUnitId,
    OrgUnitId: orgUnitId,
    IsActive: offering.IsActive,
    StartDate: offering.StartDate,
    EndDate: offering.EndDate
  }
})

const readItems = Effect.fn("brightspace.read-items")(function* (items: Items, orgUnitId: string) {
  const objects = yield* items.of(orgUnitId)
  return objects.map((object) => {
    const type = typeOf(object)
    return {
      RecordId: `${orgUnitId}/${object.Id}`,
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
      IsHidden: object.IsHidden
    }
  })
})

const readCategories = Effect.fn("brightspace.read-categories")(function* (tenant: Tenant, orgUnitId: string) {
  const categories = yield* tenant.ask(Schema.Array(GradeCategory), {
    product: "le",
    method: "GET",
    path: `/${orgUnitId}/grades/categories/`
  })
  return categories.map((category) => ({
    RecordId: `${orgUnitId}/${category.Id}`,
    OrgUnitId: orgUnitId,
    Id: category.Id,
    Name: category.Name,
    ShortName: category.ShortName
  }))
})

/** Reads the settings for the SIS, record by record. */
const settingsReader =
  <A, I>(
    tenant: Tenant,
    under: string,
    schema: Schema.Schema<A, I>,
    settingOf: (answer: A) => GradebookRow
  ): ReadPart =>
  ({ id: recordId }) => {
    const { OrgUnitId, Id } = idsIn(recordId)
    const path = `/${OrgUnitId}/grades/${under}${Id}/ipsis`
    return Effect.map(tenant.ask(schema, { product: "le", method: "GET", path }), (answer) => [
      { RecordId: recordId, OrgUnitId, Id, ...settingOf(answer), IsTold: true }
    ])
  }

/** The row in place of settings that the tenant refuses to tell; that a record was deleted in between is no error either. */
const untold =
  (setting: GradebookRow) =>
  (recordId: string): GradebookRow => ({ RecordId: recordId, ...idsIn(recordId), ...setting, IsTold: false })

const idsIn = (recordId: string): { readonly OrgUnitId: string; readonly Id: string } => {
  const [OrgUnitId = "", Id = ""] = recordId.split("/")
  return { OrgUnitId, Id }
}

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
    RecordId: value.UserId === null ? null : `${scope.id}/${value.GradeObjectIdentifier}/${value.UserId}`,
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

const readExemptions = Effect.fn("brightspace.read-exemptions")(function* (tenant: Tenant, itemRecordId: string) {
  const { OrgUnitId: orgUnitId, Id: id } = idsIn(itemRecordId)
  const users = yield* tenant.ask(Schema.Array(ExemptUser), {
    product: "le",
    method: "GET",
    path: `/${orgUnitId}/grades/${id}/exemptions/`
  })
  return users.map((user) => {
    const userId = "UserId" in user ? user.UserId : user.Identifier
    return {
      RecordId: `${itemRecordId}/${userId}`,
      OrgUnitId: orgUnitId,
      ItemRecordId: itemRecordId,
      GradeObjectId: id,
      UserId: userId
    }
  })
})
