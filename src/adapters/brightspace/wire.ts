import * as Schema from "effect/Schema"

/** Answers of the tenant, with its own names. Members that rollbook does not use are not looked at: versions add some. */

/** A 64-bit id, a number or a text on the wire; always text inside, and never empty: what has no id is not there. */
export const Id = Schema.transform(Schema.Union(Schema.Number, Schema.NonEmptyString), Schema.String, {
  strict: true,
  decode: String,
  encode: (id) => id
})
export const text = Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
export const flag = Schema.optionalWith(Schema.Boolean, { nullable: true, default: () => false })

export const ProductVersionsList = Schema.Array(
  Schema.Struct({ ProductCode: Schema.String, SupportedVersions: Schema.Array(Schema.String) })
)

export const Organization = Schema.Struct({ Identifier: Id, TimeZone: text })

export const WhoAmI = Schema.Struct({ Identifier: Id })

export const Role = Schema.Struct({ Identifier: Id, DisplayName: Schema.String, Code: text, IsCascading: flag })

export const OrgUnitType = Schema.Struct({ Id: Id, Code: text, Name: Schema.String })

const OrgUnitTypeOf = Schema.Struct({ Id: Id, Code: text, Name: text })

/** An org unit as lists of parents and children show it. */
export const OrgUnit = Schema.Struct({ Identifier: Id, Name: text, Code: text, Type: OrgUnitTypeOf })

export const OrgUnitProperties = Schema.Struct({
  Identifier: Id,
  Name: text,
  Code: text,
  Path: text,
  Type: OrgUnitTypeOf
})

/** Answer to a create, of which only the id is of interest. */
export const Created = Schema.Struct({ Identifier: Id })

export const CourseTemplate = Schema.Struct({ Identifier: Id, Name: text, Code: text })

const BasicOrgUnit = Schema.optionalWith(Schema.NullOr(Schema.Struct({ Identifier: Id })), { default: () => null })

export const RichText = Schema.optionalWith(Schema.NullOr(Schema.Struct({ Text: text, Html: text })), {
  default: () => null
})

export const CourseOffering = Schema.Struct({
  Identifier: Id,
  Name: text,
  Code: text,
  IsActive: flag,
  StartDate: text,
  EndDate: text,
  LocaleId: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null }),
  ForceLocale: flag,
  CourseTemplate: BasicOrgUnit,
  Semester: BasicOrgUnit,
  Description: RichText,
  CanSelfRegister: flag,
  ShowAddressBook: flag
})

export const Section = Schema.Struct({ SectionId: Id, Name: text, Code: text, Description: RichText })

/** People who are in a section by an enrollment of its own; null where the tenant does not tell. */
export const SectionPeople = Schema.Struct({
  Enrollments: Schema.optionalWith(Schema.NullOr(Schema.Array(Id)), { default: () => null })
})

export const User = Schema.Struct({
  UserId: Id,
  FirstName: text,
  MiddleName: text,
  LastName: text,
  UserName: text,
  ExternalEmail: text,
  OrgDefinedId: text,
  Activation: Schema.Struct({ IsActive: Schema.Boolean }),
  Pronouns: text
})

/** Columns of the data set Users, by the fields of a user as rollbook calls them. */
export const usersColumns = {
  first_name: "FirstName",
  middle_name: "MiddleName",
  last_name: "LastName",
  username: "UserName",
  email: "ExternalEmail",
  org_defined_id: "OrgDefinedId",
  is_active: "IsActive"
} as const

/** Fields of a user that stay as they are where nothing is sent. */
export const usersLeftAlone: ReadonlyArray<string> = ["middle_name"]

export const Activation = Schema.Struct({ IsActive: Schema.Boolean })

export const Enrollment = Schema.Struct({ OrgUnitId: Id, UserId: Id, RoleId: Id })

const optionally = <A, I>(value: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.NullOr(value), { default: () => null })

export const UserOrgUnit = Schema.Struct({
  OrgUnit: Schema.Struct({ Id, Type: optionally(Schema.Struct({ Id })) }),
  Role: optionally(Schema.Struct({ Id })),
  IsCascading: optionally(Schema.Boolean),
  EnrolledByUserId: optionally(Id)
})

/** Rich text is read in one form and written in another. */
export const richTextInput = (
  text: { readonly Text: string | null; readonly Html: string | null } | null
): { readonly Content: string; readonly Type: "Text" | "Html" } =>
  text !== null && text.Html !== null && text.Html !== ""
    ? { Content: text.Html, Type: "Html" }
    : { Content: text?.Text ?? "", Type: "Text" }
