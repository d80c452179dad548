import * as Schema from "effect/Schema"
import { flag, Id, RichText, text } from "../wire.ts"

/**
 * Answers of the tenant about a gradebook, with its own names. Members that are not named here are dropped when it is
 * decoded.
 */

const id = Schema.optionalWith(Schema.NullOr(Id), { default: () => null })
const number = Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null })

export const GradeObject = Schema.Struct({
  Id,
  Name: text,
  ShortName: text,
  GradeType: Schema.optionalWith(Schema.NullOr(Schema.Union(Schema.String, Schema.Number)), { default: () => null }),
  /** Not documented, and seen in live answers. */
  GradeObjectTypeId: id,
  CategoryId: id,
  Description: RichText,
  MaxPoints: number,
  AssociatedTool: Schema.optionalWith(Schema.NullOr(Schema.Struct({ ToolId: Id, ToolItemId: Id })), {
    default: () => null
  }),
  IsHidden: flag
})

export const GradeCategory = Schema.Struct({ Id, Name: text, ShortName: text })

/** Private comments are not among its members: they must not come further than the decoder. */
export const GradeValue = Schema.Struct({
  UserId: id,
  GradeObjectIdentifier: Id,
  PointsNumerator: number,
  PointsDenominator: number,
  Comments: RichText,
  LastModified: text,
  ReleasedDate: text
})

/** Settings of a grade object for the SIS; the session is a Semester org unit, the section one of the course's. */
export const ItemForSis = Schema.Struct({ AcademicSessionOrgUnitId: id, SectionOrgUnitId: id })

export const CategoryForSis = Schema.Struct({ ExportToSIS: Schema.Boolean })

/** Exempt people come as one of the tenant's two forms of a user. */
export const ExemptUser = Schema.Union(Schema.Struct({ Identifier: Id }), Schema.Struct({ UserId: Id }))

export const DropboxFolder = Schema.Struct({
  Id,
  GradeItemId: id,
  DueDate: text,
  Availability: Schema.optionalWith(Schema.NullOr(Schema.Struct({ StartDate: text, EndDate: text })), {
    default: () => null
  })
})

export const Quiz = Schema.Struct({ QuizId: Id, GradeItemId: id, DueDate: text, StartDate: text, EndDate: text })

export const Forum = Schema.Struct({ ForumId: Id })

/** Topics have a due date from `le` 1.90 on. */
export const Topic = Schema.Struct({ TopicId: Id, DueDate: text, StartDate: text, EndDate: text })
