import type { CollectionContract, ColumnContract } from "../../../ports/contracts.ts"

/**
 * The gradebooks of Brightspace, flattened: records of many courses in one collection, each with its course. `RowId` is
 * made up of the ids above it, since Brightspace has no id that tells an exemption or an activity from all others.
 */

const id = (name: string): ColumnContract => ({ name, kind: "text", required: true })
const text = (name: string): ColumnContract => ({ name, kind: "text" })
const instant = (name: string): ColumnContract => ({ name, kind: "timestamp" })

const collection = (
  endpoint: string,
  modified: string | null,
  columns: ReadonlyArray<ColumnContract>
): readonly [string, CollectionContract] => [
  endpoint,
  { endpoint, pageKeys: ["rows"], key: "RowId", modified, columns: [id("RowId"), id("OrgUnitId"), ...columns] }
]

/** Every collection that can be read of a gradebook, by endpoint. Instants are UTC. */
export const gradebookCollections: ReadonlyMap<string, CollectionContract> = new Map([
  /** Grain: a course offering (`lp` courses/). */
  collection("/gradebook/courses", null, [
    { name: "IsActive", kind: "boolean", required: true },
    instant("StartDate"),
    instant("EndDate")
  ]),
  /**
   * Grain: a grade object (`le` grades/ and grades/{id}/ipsis). `CategoryId` is null where it has none, `MaxPoints` where
   * its type has none; `AcademicSessionOrgUnitId` where none is set or the tenant does not tell.
   */
  collection("/gradebook/items", null, [
    id("Id"),
    text("Name"),
    text("ShortName"),
    text("GradeType"),
    text("GradeObjectTypeId"),
    text("CategoryId"),
    text("Description"),
    { name: "MaxPoints", kind: "number" },
    text("ToolId"),
    text("ToolItemId"),
    { name: "IsHidden", kind: "boolean" },
    text("AcademicSessionOrgUnitId")
  ]),
  /** Grain: a grade category (`le` grades/categories/ and its ipsis). `ExportToSIS` is null where the tenant does not tell. */
  collection("/gradebook/categories", null, [
    id("Id"),
    text("Name"),
    text("ShortName"),
    { name: "ExportToSIS", kind: "boolean" }
  ]),
  /** Grain: a student's value of a grade object (`le` grades/values/). A cleared score has no numerator, or is absent. */
  collection("/gradebook/values", "LastModified", [
    id("UserId"),
    id("GradeObjectId"),
    { name: "PointsNumerator", kind: "number", personal: true },
    { name: "PointsDenominator", kind: "number" },
    { name: "Comments", kind: "text", personal: true },
    instant("LastModified"),
    instant("ReleasedDate")
  ]),
  /** Grain: a student excused from a grade object, with or without a value (`le` grades/{id}/exemptions/). */
  collection("/gradebook/exemptions", null, [id("GradeObjectId"), id("UserId")]),
  /** Grain: an activity with a grade object (`le` dropbox/folders/, quizzes/, discussions topics). */
  collection("/gradebook/activities", null, [
    { name: "Tool", kind: "text", required: true, values: ["dropbox", "quiz", "discussion"] },
    id("ToolItemId"),
    id("GradeObjectId"),
    instant("DueDate"),
    instant("StartDate"),
    instant("EndDate")
  ])
])
