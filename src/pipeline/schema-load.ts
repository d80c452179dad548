import * as Schema from "effect/Schema"
import { Rekey } from "./schema-guards.ts"
import { flagOr, optionalCount, optionalText, optionalTexts, text, wordOr } from "./schema-values.ts"

/** The keys of `load` that say what becomes of a record, and when it is sent. */

export const LoadEntity = Schema.Struct({
  resource: text("what it is at the target", { examples: ["org_unit"] }),
  type: optionalText("org unit type by name or code, resolved on the tenant", { examples: ["School"] }),
  match_existing: optionalTexts("fields by which an existing record is adopted, in order; none when left out", {
    examples: [["org_defined_id", "username"]]
  }),
  match_within: optionalTexts(
    "ref fields that an existing record must share with the one it is adopted for: a code that comes back every year is looked for in its own semester alone",
    { examples: [["semester", "template"]] }
  ),
  on_gone: Schema.Literal("keep", "deactivate", "unenroll", "recycle", "remove").annotations({
    description: "what happens to a record that is no longer wanted"
  }),
  keep_when: optionalText("SQL over the record's last fields (text) and run: a gone record for which it holds stays", {
    examples: ["TRY_CAST(term_end AS DATE) < run.as_of"]
  }),
  removed_with: optionalText("ref field whose removal takes this record along at the target", {
    examples: ["enrollment"]
  }),
  covered_by: optionalText("ref field to an enrollment above; where its role cascades nothing is written", {
    examples: ["district_enrollment"]
  }),
  overwrite: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.Literal("always", "never", "if_ours") }).annotations({
      description:
        "per field, when the target holds another value: always write (default), never, or only what rollbook wrote last",
      examples: [{ email: "if_ours" }]
    })
  ),
  rekey: Schema.optional(Rekey),
  state_only: optionalTexts("fields kept in rollbook's state and never sent", { examples: [["term_end"]] }),
  sent_along: optionalTexts("fields that are sent with the others, and whose change alone is no reason to write", {
    examples: [["score_date"]]
  }),
  on_return: wordOr(
    "a kept record that is wanted again: written where it differs from what was last written, or in any case",
    ["compare", "write"]
  ),
  on_target_edit: Schema.optional(
    Schema.Literal("overwrite", "hold").annotations({
      description:
        "before a record is overwritten it is compared with what stands at the target: an edit made there is shown, and overwritten or held; not looked at when left out"
    })
  ),
  target_edit_sample: optionalCount(
    "with on_target_edit: at most so many of the records about to be overwritten are looked at; all when left out",
    { examples: [500] }
  ),
  person: optionalText("field that names the person a record is about, for counts in people", {
    examples: ["student"]
  })
})

export const Gates = Schema.Struct({
  nightly: flagOr(true, "whether the schedule may write"),
  on_demand: flagOr(true, "whether people may have a part written, with --as"),
  open_when: Schema.optional(
    Schema.Array(
      Schema.Struct({
        id: text("name of the gate in reports", { examples: ["active-course"] }),
        when: text("SQL condition over the fields of a record (text) and run: only where it holds is it written", {
          examples: ["course_is_active = 'true'"]
        }),
        say: text("what people read where the gate is closed", { examples: ["the course is not active"] })
      })
    ).annotations({ description: "conditions under which a record is written; fields a record lacks are null" })
  ),
  freeze: Schema.optional(
    Schema.Array(
      Schema.Struct({
        from: text("first moment, YYYY-MM-DD or YYYY-MM-DDTHH:MM, quoted, in the district's time zone", {
          examples: ["2027-06-05"]
        }),
        until: optionalText("last day or moment, as `from`; until the line is taken out when left out", {
          examples: ["2027-08-15"]
        }),
        schools: optionalTexts("SIS ids of schools; all when left out"),
        sessions: optionalTexts(
          "academic sessions by SIS id or title: a term as in the field session, a grading period as in the field due_period; all when left out",
          {
            examples: [["Q1"]]
          }
        ),
        say: text("what people read", { examples: ["grades of the year are final"] })
      })
    ).annotations({ description: "times in which nothing is written; what they stopped is listed" })
  ),
  switchable: optionalTexts(
    "what administrators may set in the console, beside this file: nightly, on_demand, ids of open_when, and freeze, to add freezes; nothing when left out",
    { examples: [["on_demand", "active-course", "freeze"]] }
  )
}).annotations({ identifier: "Gates", description: "What must hold at the moment of sending, whatever the plan says." })
