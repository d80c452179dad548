import { type GradeObject, gradeTypes } from "../grades/model.ts"
import type { Tenant } from "../tenant.ts"
import { bit, type DataSet, decimal, id, type Row } from "./data-set.ts"

/** Marked when they are deleted, and kept. */
const objects: DataSet = {
  name: "Grade Objects",
  columns: [
    "GradeObjectId",
    "OrgUnitId",
    "ParentGradeObjectId",
    "Name",
    "TypeName",
    "StartDate",
    "EndDate",
    "IsAutoPointed",
    "IsFormula",
    "IsBonus",
    "MaxPoints",
    "CanExceedMaxGrade",
    "ExcludeFromFinalGradeCalc",
    "GradeSchemeId",
    "Weight",
    "NumLowestGradesToDrop",
    "NumHighestGradesToDrop",
    "WeightDistributionType",
    "CreatedDate",
    "ToolName",
    "AssociatedToolItemId",
    "LastModified",
    "ShortName",
    "GradeObjectTypeId",
    "SortOrder",
    "IsDeleted",
    "DeletedDate",
    "DeletedByUserId",
    "ResultId",
    "ToolId",
    "Version"
  ],
  key: ["GradeObjectId"],
  rows: (tenant, before, at) =>
    everyObject(tenant).map(({ object, orgUnitId }) => {
      const was = before.get(String(object.id))
      const row: Row = {
        GradeObjectId: id(object.id),
        OrgUnitId: id(orgUnitId),
        ParentGradeObjectId: id(object.categoryId),
        Name: object.name,
        TypeName: object.type,
        StartDate: null,
        EndDate: null,
        IsAutoPointed: bit(false),
        IsFormula: bit(object.type === "Formula"),
        IsBonus: bit(object.isBonus),
        MaxPoints: decimal(object.maxPoints ?? 0),
        CanExceedMaxGrade: bit(object.canExceedMaxPoints),
        ExcludeFromFinalGradeCalc: bit(object.excludeFromFinalGrade),
        GradeSchemeId: id(object.gradeSchemeId),
        Weight: decimal(object.weight),
        NumLowestGradesToDrop: "0",
        NumHighestGradesToDrop: "0",
        WeightDistributionType: null,
        CreatedDate: was?.["CreatedDate"] ?? at,
        ToolName: null,
        AssociatedToolItemId: id(object.associatedTool?.ToolItemId ?? null),
        ShortName: object.shortName,
        GradeObjectTypeId: id(gradeTypes[object.type]),
        SortOrder: "0",
        IsDeleted: bit(object.isDeleted),
        DeletedDate: object.isDeleted ? (was?.["DeletedDate"] ?? at) : null,
        DeletedByUserId: null,
        ResultId: null,
        ToolId: id(object.associatedTool?.ToolId ?? null)
      }
      const isAsBefore = was !== undefined && Object.entries(row).every(([column, value]) => was[column] === value)
      return { ...row, LastModified: isAsBefore ? (was["LastModified"] ?? at) : at }
    })
}

/** Values of everybody, people who left and deleted grade objects included. */
const results: DataSet = {
  name: "Grade Results",
  columns: [
    "GradeObjectId",
    "OrgUnitId",
    "UserId",
    "PointsNumerator",
    "PointsDenominator",
    "WeightedNumerator",
    "WeightedDenominator",
    "IsReleased",
    "IsDropped",
    "LastModified",
    "LastModifiedBy",
    "Comments",
    "PrivateComments",
    "IsExempt",
    "GradeText",
    "GradeReleasedDate",
    "Version",
    "IsDeleted"
  ],
  key: ["GradeObjectId", "OrgUnitId", "UserId"],
  rows: (tenant) =>
    everyObject(tenant).flatMap(({ object, orgUnitId }) =>
      [...object.values].map(([userId, value]) => ({
        GradeObjectId: id(object.id),
        OrgUnitId: id(orgUnitId),
        UserId: id(userId),
        PointsNumerator: decimal(value.points),
        PointsDenominator: decimal(value.outOf),
        WeightedNumerator: null,
        WeightedDenominator: null,
        IsReleased: bit(value.releasedDate !== null),
        IsDropped: bit(false),
        LastModified: value.lastModified,
        LastModifiedBy: id(value.modifiedBy),
        Comments: value.comment,
        PrivateComments: value.privateComment,
        IsExempt: bit(object.exemptions.has(userId)),
        GradeText: value.displayed,
        GradeReleasedDate: value.releasedDate,
        IsDeleted: bit(false)
      }))
    ),
  deleted: (row) => ({ ...row, IsDeleted: bit(true) })
}

const everyObject = (tenant: Tenant): ReadonlyArray<{ readonly object: GradeObject; readonly orgUnitId: number }> =>
  [...tenant.gradebooks.byOrgUnit].flatMap(([orgUnitId, gradebook]) =>
    [...gradebook.objects.values()].map((object) => ({ object, orgUnitId }))
  )

export const gradeSets: ReadonlyArray<DataSet> = [objects, results]
