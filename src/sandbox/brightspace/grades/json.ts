import { type Exchange, parameter } from "../../http/exchange.ts"
import type { OrgUnit } from "../tenant.ts"
import { richText } from "../wire.ts"
import { type GradeCategory, type Gradebook, type GradeObject, gradeTypes, type GradeValue } from "./model.ts"
import { liveObjects } from "./gradebook.ts"

/** `GradeObject` of the API. It tells neither when it was changed nor whether it was deleted. */
export const gradeObjectJson = (exchange: Exchange, object: GradeObject): Readonly<Record<string, unknown>> => ({
  Id: object.id,
  Name: object.name,
  ShortName: object.shortName,
  GradeType: object.type,
  GradeObjectTypeId: gradeTypes[object.type],
  CategoryId: object.categoryId,
  Description: richText(object.description),
  GradeSchemeId: object.gradeSchemeId,
  GradeSchemeUrl:
    object.gradeSchemeId === null
      ? null
      : `/d2l/api/le/${parameter(exchange, "version")}/${parameter(exchange, "orgUnitId")}/grades/schemes/${object.gradeSchemeId}`,
  Weight: object.weight,
  AssociatedTool: object.associatedTool,
  IsHidden: object.isHidden,
  ...(object.maxPoints === null ? {} : { MaxPoints: object.maxPoints }),
  ...(object.type === "Numeric" ? { CanExceedMaxPoints: object.canExceedMaxPoints } : {}),
  ...(object.type === "Text"
    ? {}
    : { IsBonus: object.isBonus, ExcludeFromFinalGradeCalculation: object.excludeFromFinalGrade })
})

/** `GradeObjectCategory` of the API. */
export const categoryJson = (exchange: Exchange, gradebook: Gradebook, category: GradeCategory): unknown => ({
  Id: category.id,
  Name: category.name,
  ShortName: category.shortName,
  Grades: liveObjects(gradebook)
    .filter((object) => object.categoryId === category.id)
    .map((object) => gradeObjectJson(exchange, object)),
  CanExceedMax: category.canExceedMax,
  ExcludeFromFinalGrade: category.excludeFromFinalGrade,
  StartDate: category.startDate,
  EndDate: category.endDate,
  Weight: category.weight,
  MaxPoints: category.maxPoints,
  AutoPoints: category.autoPoints,
  WeightDistributionType: category.weightDistributionType,
  NumberOfHighestToDrop: category.numberOfHighestToDrop,
  NumberOfLowestToDrop: category.numberOfLowestToDrop
})

/** `GradeValue` of the API. An exemption is not in it. */
export const gradeValueJson = (
  offering: OrgUnit,
  object: GradeObject,
  userId: number,
  value: GradeValue
): Readonly<Record<string, unknown>> => ({
  UserId: String(userId),
  OrgUnitId: String(offering.id),
  DisplayedGrade: value.displayed,
  GradeObjectIdentifier: String(object.id),
  GradeObjectName: object.name,
  GradeObjectType: gradeTypes[object.type],
  GradeObjectTypeName: object.type,
  Comments: richText(value.comment),
  PrivateComments: richText(value.privateComment),
  LastModified: value.lastModified,
  LastModifiedBy: String(value.modifiedBy),
  ReleasedDate: value.releasedDate,
  PointsNumerator: value.points,
  PointsDenominator: value.outOf,
  WeightedNumerator: null,
  WeightedDenominator: null
})
