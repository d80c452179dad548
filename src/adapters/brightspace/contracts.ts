import type { ResourceContract, ResourceField } from "../../core/ports/contracts.ts"

/** Resources that rollbook writes to Brightspace. Routes and limits: Valence `lp` API. */

const name: ResourceField = {
  name: "name",
  kind: "text",
  required: true,
  limits: { maxLength: 128, unit: "utf16" },
  description: "what people read"
}
const code: ResourceField = {
  name: "code",
  kind: "text",
  required: true,
  unique: true,
  limits: { maxLength: 50, unit: "utf16", forbidden: "\\:*?\"<>|'#,%&" },
  description: "unique"
}
const lengthOfName = { maxLength: 64, unit: "utf16" } as const
/** The code of a course may be its teacher's name. */
const codeOfCourse: ResourceField = { ...code, personal: true }
/** Unique among the sections of one offering, or among all the tenant's: tenants differ. */
const codeOfSection: ResourceField = { ...codeOfCourse, unique: false, contestedWithin: [] }
const ref = (field: string, required: boolean, description: string): ResourceField => ({
  name: field,
  kind: "ref",
  required,
  description
})
const role: ResourceField = { name: "role", kind: "role", required: true, description: "a role of the tenant, by name" }

/** Every resource a pipeline may load, by name. */
export const brightspaceResources: ReadonlyMap<string, ResourceContract> = new Map(
  (
    [
      {
        resource: "org_unit",
        description: "an org unit above the templates (district, school, department), or a semester",
        fields: [name, code, ref("parent", false, "the org unit above; the organization itself where null")],
        matchable: ["code", "name"],
        onGone: ["keep", "recycle"],
        isReadable: true,
        type: "required"
      },
      {
        resource: "course_template",
        description: "a course, of which offerings are made",
        fields: [name, code, ref("parent", true, "the org unit, most often the school, under which it stands")],
        matchable: ["code"],
        onGone: ["keep", "recycle"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "course_offering",
        description: "a course as it is taught, where people are enrolled and grades are kept",
        fields: [
          name,
          codeOfCourse,
          ref("template", true, "the course template it is made of"),
          ref("semester", false, "the semester it belongs to"),
          {
            name: "start_date",
            kind: "timestamp",
            required: false,
            description: "UTC instant of its start; open where null"
          },
          {
            name: "end_date",
            kind: "timestamp",
            required: false,
            description: "UTC instant of its end; open where null"
          },
          {
            name: "is_active",
            kind: "boolean",
            required: false,
            description: "whether learners see it; true where left out"
          }
        ],
        matchable: ["name", "code"],
        within: ["semester", "template"],
        onGone: ["keep", "deactivate", "recycle"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "section",
        description: "a section of an offering",
        fields: [name, codeOfSection, ref("offering", true, "the course offering it divides")],
        matchable: ["name", "code"],
        within: ["offering"],
        onGone: ["keep", "recycle"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "user",
        description: "a person; the role is that at the organization",
        fields: [
          {
            name: "first_name",
            kind: "text",
            required: true,
            personal: true,
            limits: lengthOfName,
            description: "given name"
          },
          {
            name: "middle_name",
            kind: "text",
            required: false,
            personal: true,
            description: "left as it is where null"
          },
          {
            name: "last_name",
            kind: "text",
            required: true,
            personal: true,
            limits: lengthOfName,
            description: "family name"
          },
          {
            name: "username",
            kind: "text",
            required: true,
            personal: true,
            unique: true,
            description: "unique on the tenant"
          },
          { name: "email", kind: "text", required: false, personal: true, description: "external e-mail address" },
          {
            name: "org_defined_id",
            kind: "text",
            required: true,
            contestedWithin: [],
            description: "the person's id in the SIS"
          },
          role,
          {
            name: "is_active",
            kind: "boolean",
            required: false,
            description: "whether the person can log in; true where left out"
          }
        ],
        matchable: ["org_defined_id", "username"],
        onGone: ["keep", "deactivate"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "enrollment",
        description: "a person in an org unit or offering, with one role",
        fields: [ref("org_unit", true, "where"), ref("user", true, "who"), role],
        matchable: [],
        onGone: ["keep", "unenroll"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "section_enrollment",
        description: "a person in a section, in the role of the enrollment in its offering",
        fields: [
          ref("section", true, "where"),
          ref("user", true, "who"),
          ref("enrollment", true, "the enrollment in the offering, which stands first")
        ],
        matchable: [],
        onGone: ["keep", "unenroll"],
        isReadable: false,
        type: "none"
      },
      {
        resource: "parent_relationship",
        description: "a parent or guardian who may follow a student",
        fields: [ref("parent", true, "who follows"), ref("student", true, "who is followed")],
        matchable: [],
        onGone: ["keep", "remove"],
        isReadable: false,
        type: "none"
      }
    ] satisfies ReadonlyArray<ResourceContract>
  ).map((contract) => [contract.resource, contract])
)
