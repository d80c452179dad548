import * as Schema from "effect/Schema"
import { done, type Exchange, json, parameter } from "../../http/exchange.ts"
import { refuse } from "../refusals.ts"
import { orgUnitOfType, type Tenant, typeIds } from "../tenant.ts"
import { type ApiRoute, minorVersion, readBody, RichTextInput, UtcDateTime } from "../wire.ts"
import {
  categoryOf,
  createCategory,
  createGradeObject,
  demandGradeName,
  gradebookOf,
  gradeObjectOf,
  type GradeObjectInfo,
  liveObjects
} from "./gradebook.ts"
import { categoryJson, gradeObjectJson } from "./json.ts"
import type { Gradebook } from "./model.ts"
import { schemes } from "./schemes.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const common = {
  Name: Schema.String,
  ShortName: Schema.String,
  CategoryId: Schema.NullOr(Schema.Int),
  Description: RichTextInput,
  AssociatedTool: optional(Schema.NullOr(Schema.Struct({ ToolId: Schema.Int, ToolItemId: Schema.Int }))),
  IsHidden: optional(Schema.Boolean),
  Weight: optional(Schema.NullOr(Schema.Number))
}
const pointed = {
  ...common,
  MaxPoints: Schema.Number.pipe(Schema.between(0.01, 9_999_999_999)),
  IsBonus: Schema.Boolean,
  ExcludeFromFinalGradeCalculation: Schema.Boolean,
  GradeSchemeId: Schema.NullOr(Schema.Int)
}
/** The four types that the API makes; computed ones are made by hand. */
const GradeObjectInput = Schema.Union(
  Schema.Struct({ ...pointed, GradeType: Schema.Literal("Numeric"), CanExceedMaxPoints: Schema.Boolean }),
  Schema.Struct({ ...pointed, GradeType: Schema.Literal("PassFail") }),
  Schema.Struct({ ...pointed, GradeType: Schema.Literal("SelectBox"), GradeSchemeId: Schema.Int }),
  Schema.Struct({ ...common, GradeType: Schema.Literal("Text") })
)

const CategoryData = Schema.Struct({
  Name: Schema.String,
  ShortName: Schema.String,
  CanExceedMax: Schema.Boolean,
  ExcludeFromFinalGrade: Schema.Boolean,
  StartDate: Schema.NullOr(UtcDateTime),
  EndDate: Schema.NullOr(UtcDateTime),
  Weight: Schema.NullOr(Schema.Number),
  MaxPoints: Schema.NullOr(Schema.Number),
  AutoPoints: Schema.NullOr(Schema.Boolean),
  WeightDistributionType: Schema.NullOr(Schema.Int),
  NumberOfHighestToDrop: Schema.NullOr(Schema.Int),
  NumberOfLowestToDrop: Schema.NullOr(Schema.Int)
})

/** Grade objects and their categories. Source: Valence le, grades. */
export const gradeObjectRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): Gradebook =>
    gradebookOf(tenant(), orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering))
  const read = (exchange: Exchange, gradebook: Gradebook, self: number | null): GradeObjectInfo => {
    const body = readBody(GradeObjectInput, exchange)
    demandGradeName(gradebook, body.Name, self)
    if (body.CategoryId !== null && body.CategoryId !== 0 && !gradebook.categories.has(body.CategoryId)) {
      throw refuse(400, "CategoryId is not the id of a category.")
    }
    const schemeId = body.GradeType === "Text" ? null : body.GradeSchemeId
    if (schemeId !== null && !schemes.has(schemeId)) throw refuse(400, "GradeSchemeId is not the id of a scheme.")
    return {
      type: body.GradeType,
      name: body.Name,
      shortName: body.ShortName,
      categoryId: body.CategoryId,
      description: body.Description.Content,
      gradeSchemeId: schemeId,
      // Before le 1.89 the weight could be read only.
      weight: minorVersion(exchange) >= 89 ? (body.Weight ?? null) : null,
      associatedTool: body.AssociatedTool ?? null,
      isHidden: body.IsHidden ?? false,
      maxPoints: body.GradeType === "Text" ? null : body.MaxPoints,
      canExceedMaxPoints: body.GradeType === "Numeric" && body.CanExceedMaxPoints,
      isBonus: body.GradeType !== "Text" && body.IsBonus,
      excludeFromFinalGrade: body.GradeType !== "Text" && body.ExcludeFromFinalGradeCalculation
    }
  }
  return [
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/",
      scope: "grades:gradeobjects:read",
      unseen: [],
      answer: (exchange) => json(liveObjects(at(exchange)).map((object) => gradeObjectJson(exchange, object)))
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId",
      scope: "grades:gradeobjects:read",
      answer: (exchange) =>
        json(gradeObjectJson(exchange, gradeObjectOf(at(exchange), parameter(exchange, "gradeObjectId"))))
    },
    {
      method: "POST",
      product: "le",
      path: "/:orgUnitId/grades/",
      scope: "grades:gradeobjects:write",
      answer: (exchange) => {
        const gradebook = at(exchange)
        const info = read(exchange, gradebook, null)
        return json(gradeObjectJson(exchange, createGradeObject(tenant(), gradebook, info)))
      }
    },
    {
      method: "PUT",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId",
      scope: "grades:gradeobjects:write",
      answer: (exchange) => {
        const gradebook = at(exchange)
        const object = gradeObjectOf(gradebook, parameter(exchange, "gradeObjectId"))
        const { type, ...info } = read(exchange, gradebook, object.id)
        if (type !== object.type) throw refuse(400, "The type of a grade object cannot be changed.")
        return json(gradeObjectJson(exchange, Object.assign(object, info)))
      }
    },
    {
      method: "DELETE",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId",
      scope: "grades:gradeobjects:delete",
      answer: (exchange) => {
        gradeObjectOf(at(exchange), parameter(exchange, "gradeObjectId")).isDeleted = true
        return done()
      }
    },
    ...categoryRoutes(tenant, at)
  ]
}

/** Categories are made and deleted; there is no route that changes one. */
const categoryRoutes = (tenant: () => Tenant, at: (exchange: Exchange) => Gradebook): ReadonlyArray<ApiRoute> => [
  {
    method: "GET",
    product: "le",
    path: "/:orgUnitId/grades/categories/",
    scope: "grades:gradecategories:read",
    unseen: [],
    answer: (exchange) => {
      const gradebook = at(exchange)
      return json([...gradebook.categories.values()].map((one) => categoryJson(exchange, gradebook, one)))
    }
  },
  {
    method: "GET",
    product: "le",
    path: "/:orgUnitId/grades/categories/:categoryId",
    scope: "grades:gradecategories:read",
    answer: (exchange) => {
      const gradebook = at(exchange)
      return json(categoryJson(exchange, gradebook, categoryOf(gradebook, parameter(exchange, "categoryId"))))
    }
  },
  {
    method: "POST",
    product: "le",
    path: "/:orgUnitId/grades/categories/",
    scope: "grades:gradecategories:write",
    answer: (exchange) => {
      const gradebook = at(exchange)
      const body = readBody(CategoryData, exchange)
      demandGradeName(gradebook, body.Name, null)
      const made = createCategory(tenant(), gradebook, {
        name: body.Name,
        shortName: body.ShortName,
        canExceedMax: body.CanExceedMax,
        excludeFromFinalGrade: body.ExcludeFromFinalGrade,
        startDate: body.StartDate,
        endDate: body.EndDate,
        weight: body.Weight,
        maxPoints: body.MaxPoints,
        autoPoints: body.AutoPoints,
        weightDistributionType: body.WeightDistributionType,
        numberOfHighestToDrop: body.NumberOfHighestToDrop,
        numberOfLowestToDrop: body.NumberOfLowestToDrop
      })
      return json(categoryJson(exchange, gradebook, made))
    }
  },
  {
    method: "DELETE",
    product: "le",
    path: "/:orgUnitId/grades/categories/:categoryId",
    scope: "grades:gradecategories:delete",
    answer: (exchange) => {
      const gradebook = at(exchange)
      const { id } = categoryOf(gradebook, parameter(exchange, "categoryId"))
      gradebook.categories.delete(id)
      for (const object of gradebook.objects.values()) if (object.categoryId === id) object.categoryId = 0
      return done()
    }
  }
]
