import type { ResourceContract, ResourceField } from "../../../core/ports/contracts.ts"

/**
 * Resources that rollbook writes to a gradebook over OneRoster 1.1 (1EdTech, sections 4.8 and 4.10). Records that it did not
 * make itself are never adopted, and none is taken away. Categories are the SIS's own and not sent.
 */

/** Said of assignments and scores alike. */
const irrevocable =
  "What was sent to the gradebook of the SIS was seen by teachers and families; what is wrong there is put right by sending what is right, or by hand"

const field = (name: string, kind: ResourceField["kind"], required: boolean, description: string): ResourceField => ({
  name,
  kind,
  required,
  description
})

/** Every resource a pipeline may load, by name. */
export const gradebookResources: ReadonlyMap<string, ResourceContract> = new Map(
  (
    [
      {
        resource: "line_item",
        serves: "assignment",
        description: "an assignment of a class",
        fields: [
          {
            ...field("title", "text", true, "what people read; Infinite Campus takes it once in a class"),
            limits: { maxLength: 50, unit: "characters" },
            contestedWithin: ["class"]
          },
          field("description", "text", false, "not sent where empty"),
          field(
            "assign_date",
            "timestamp",
            true,
            "instant, UTC; a bare date is a time within that day of the district"
          ),
          field(
            "due_date",
            "timestamp",
            true,
            "as assign_date; it decides on the term where no grading_period is given"
          ),
          field("class", "text", true, "sourcedId of the class in the SIS"),
          field("grading_period", "text", false, "sourcedId of the grading period or term in the SIS"),
          field("result_value_max", "number", true, "points; rounded to four places"),
          field("result_value_min", "number", false, "points; 0 where null")
        ],
        matchable: [],
        irrevocable,
        onGone: ["keep"],
        isReadable: true,
        type: "none"
      },
      {
        resource: "result",
        serves: "score",
        description: "a student's score of an assignment",
        fields: [
          field("line_item", "ref", true, "the assignment"),
          field("student", "text", true, "sourcedId of the student in the SIS"),
          {
            ...field(
              "score",
              "number",
              false,
              "points, above the maximum too; rounded to four places; null = no score"
            ),
            personal: true
          },
          field(
            "score_status",
            "text",
            true,
            "exempt, fully graded, partially graded, submitted or not submitted; only a graded result must have a score"
          ),
          field("score_date", "timestamp", true, "as assign_date of a line_item"),
          { ...field("comment", "text", false, "not sent where empty"), personal: true }
        ],
        matchable: [],
        irrevocable,
        onGone: ["keep"],
        isReadable: true,
        type: "none"
      }
    ] satisfies ReadonlyArray<ResourceContract>
  ).map((contract) => [contract.resource, contract])
)
