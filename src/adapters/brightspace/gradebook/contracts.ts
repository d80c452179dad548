import type { CollectionContract, ColumnContract } from "../../../core/ports/contracts.ts"
import type { Meaning, Meanings } from "../../../core/ports/meanings.ts"

/**
 * The gradebooks of Brightspace, flattened: records of many courses in one collection, each with its course. `RecordId` is
 * made up of the ids above it, since Brightspace has no id that tells an exemption or an activity from all others.
 */

const id = (name: string): ColumnContract => ({ name, kind: "text", required: true })
const text = (name: string): ColumnContract => ({ name, kind: "text" })
const instant = (name: string): ColumnContract => ({ name, kind: "timestamp" })

const collection = ({
  endpoint,
  part,
  modified,
  columns,
  more = {}
}: {
  readonly endpoint: string
  readonly part: string
  readonly modified: string | null
  readonly columns: ReadonlyArray<ColumnContract>
  readonly more?: Pick<CollectionContract, "told" | "serves">
}): readonly [string, CollectionContract] => [
  endpoint,
  {
    endpoint,
    pageKeys: ["rows"],
    key: "RecordId",
    part,
    modified,
    ...more,
    columns: [id("RecordId"), id("OrgUnitId"), ...columns]
  }
]

/** The meaning that a collection has for rollbook itself, by its columns. */
const serves = <M extends Meaning>(as: M, columns: Readonly<Record<Meanings[M], string>>) =>
  ({ serves: { as, system: "Brightspace", columns } }) as Pick<CollectionContract, "serves">

/**
 * Every collection that can be read of a gradebook, by endpoint, part by part: the part is a course, by its org unit, or
 * one of its records, by its `RecordId`. Instants are UTC.
 */
export const gradebookCollections: ReadonlyMap<string, CollectionContract> = new Map([
  /** Grain: a course offering (`lp` courses/). */
  collection({
    endpoint: "/gradebook/courses",
    part: "OrgUnitId",
    modified: null,
    columns: [{ name: "IsActive", kind: "boolean", required: true }, instant("StartDate"), instant("EndDate")]
  }),
  /** Grain: a grade object (`le` grades/). `CategoryId` is null where it has none, `MaxPoints` where its type has none. */
  collection({
    endpoint: "/gradebook/items",
    part: "OrgUnitId",
    modified: null,
    columns: [
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
      { name: "IsHidden", kind: "boolean" }
    ],
    more: serves("grade_items", {
      key: "RecordId",
      course: "OrgUnitId",
      id: "Id",
      name: "Name",
      category: "CategoryId",
      is_hidden: "IsHidden"
    })
  }),
  /**
   * Grain: a grade object, which is a part of its own (`le` grades/{id}/ipsis). The session is a Semester org unit, the
   * section one of the course; each null where none is set, or, as `IsTold` says, the tenant does not tell and never did.
   */
  collection({
    endpoint: "/gradebook/item_settings",
    part: "RecordId",
    modified: null,
    columns: [
      id("Id"),
      text("AcademicSessionOrgUnitId"),
      text("SectionOrgUnitId"),
      { name: "IsTold", kind: "boolean", required: true }
    ],
    more: {
      told: "IsTold",
      ...serves("grade_item_settings", {
        key: "RecordId",
        session: "AcademicSessionOrgUnitId",
        section: "SectionOrgUnitId"
      })
    }
  }),
  /** Grain: a grade category (`le` grades/categories/). */
  collection({
    endpoint: "/gradebook/categories",
    part: "OrgUnitId",
    modified: null,
    columns: [id("Id"), text("Name"), text("ShortName")],
    more: serves("grade_categories", { key: "RecordId", course: "OrgUnitId", id: "Id", name: "Name" })
  }),
  /** Grain: a grade category, which is a part of its own (`le` grades/categories/{id}/ipsis). `IsTold` as with items. */
  collection({
    endpoint: "/gradebook/category_settings",
    part: "RecordId",
    modified: null,
    columns: [id("Id"), { name: "ExportToSIS", kind: "boolean" }, { name: "IsTold", kind: "boolean", required: true }],
    more: { told: "IsTold", ...serves("grade_category_settings", { key: "RecordId", is_exported: "ExportToSIS" }) }
  }),
  /** Grain: a student's value of a grade object (`le` grades/values/). A cleared score has no numerator, or is absent. */
  collection({
    endpoint: "/gradebook/values",
    part: "OrgUnitId",
    modified: "LastModified",
    columns: [
      id("UserId"),
      id("GradeObjectId"),
      { name: "PointsNumerator", kind: "number", personal: true },
      { name: "PointsDenominator", kind: "number" },
      { name: "Comments", kind: "text", personal: true },
      instant("LastModified"),
      instant("ReleasedDate")
    ],
    more: serves("grade_values", { key: "RecordId", points: "PointsNumerator" })
  }),
  /**
   * Grain: a student excused from a grade object, with or without a value; each grade object is a part of its own
   * (`le` grades/{id}/exemptions/).
   */
  collection({
    endpoint: "/gradebook/exemptions",
    part: "ItemRecordId",
    modified: null,
    columns: [id("ItemRecordId"), id("GradeObjectId"), id("UserId")]
  }),
  /** Grain: an activity with a grade object (`le` dropbox/folders/, quizzes/, discussions topics). */
  collection({
    endpoint: "/gradebook/activities",
    part: "OrgUnitId",
    modified: null,
    columns: [
      { name: "Tool", kind: "text", required: true, values: ["dropbox", "quiz", "discussion"] },
      id("ToolItemId"),
      id("GradeObjectId"),
      instant("DueDate"),
      instant("StartDate"),
      instant("EndDate")
    ]
  })
])
