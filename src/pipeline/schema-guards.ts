import * as Schema from "effect/Schema"
import { count, optionalCount, optionalPercent, percent, text, texts } from "./schema-values.ts"

/** The keys of a pipeline file that say what is held for approval, and what counts as the same record under a new key. */

const amounts = {
  floor: optionalCount("so many rows are always allowed, or, per school and section, smaller ones are not judged", {
    examples: [10]
  }),
  rows: optionalCount("never more than so many rows, whatever the percent", { examples: [2000] })
}
const Limit = Schema.Struct({ percent: percent("of the rows that stand, 0 to 100", { examples: [5] }), ...amounts })
const GrowthLimit = Schema.Struct({ percent: count("of the rows that stand", { examples: [100] }), ...amounts })

const PeopleLimit = Schema.Struct({
  percent: percent("of those whom the measure could befall, 0 to 100", { examples: [5] }),
  floor: optionalCount("so many people are always allowed", { examples: [2] })
})

export const Guards = Schema.Struct({
  gone: Schema.optional(
    Limit.annotations({ description: "removals of the entity, district-wide; 5% with a floor of 10" })
  ),
  changed: Schema.optional(
    Limit.annotations({ description: "updates of the entity, district-wide; 75% with a floor of 50" })
  ),
  identity: Schema.optional(
    Limit.annotations({
      description:
        "updates, district-wide, of one field by which records are known: those of match_existing but for a name, and those that no two records may share; 5% with a floor of 20, and 500 rows at most"
    })
  ),
  per_school: Schema.optional(Limit.annotations({ description: "removals in one school; 10% with a floor of 10" })),
  per_section: Schema.optional(Limit.annotations({ description: "removals in one section; 50% with a floor of 5" })),
  school_growth: Schema.optional(
    GrowthLimit.annotations({
      description: "additions to one school in which something stands; 25% with a floor of 200"
    })
  ),
  section_growth: Schema.optional(
    GrowthLimit.annotations({
      description:
        "additions to one section: more than the floor, and more than the percent or over `rows` in the end; 100%, a floor of 50 and 300 rows"
    })
  ),
  unusual: Schema.optional(
    Schema.Struct({
      runs: count("so many good runs are looked back at; with fewer than three nothing is judged", { examples: [10] }),
      times: count("so many times the largest of them is allowed", { examples: [5] }),
      floor: optionalCount("so many rows are always allowed", { default: 100 })
    }).annotations({
      description:
        "removals, and additions, beyond what the last good runs let through; 5 times the largest of 10 runs, with a floor of 100"
    })
  ),
  flapping: Schema.optional(
    Schema.Struct({
      runs: count("so many runs are looked at, this one included", { examples: [5] }),
      times: count("a record that came, went or changed in so many of them is not removed", { examples: [3] })
    }).annotations({ description: "records that come and go: 3 times in 5 runs" })
  ),
  redefined: Schema.optional(
    Limit.annotations({
      description:
        "updates on the first run after the entity's part of the pipeline, or the engine, changed, removals being held whole then; 5% with a floor of 10"
    })
  ),
  empty: Schema.optional(
    Schema.Literal("hold", "allow").annotations({
      description: "what happens when nothing is left where something was",
      default: "hold"
    })
  )
}).annotations({ identifier: "Guards", description: "What is held for approval. A key left out keeps its default." })

/** Who is a person, a teacher, a student, a guardian: with that, guards count people. */
export const People = Schema.Struct({
  classes: Schema.optional(
    Schema.Struct({
      entity: text("loaded entity whose rows put a person into a class", { examples: ["enrollment"] }),
      person: text("its ref field to the person", { examples: ["user"] }),
      class: text("its ref field to the class", { examples: ["org_unit"] }),
      role: text("its field with the role", { examples: ["role"] }),
      teachers: texts("roles that teach", { examples: [["Teacher"]] }),
      students: texts("roles that learn", { examples: [["Student"]] }),
      without_students: Schema.optional(
        PeopleLimit.annotations({
          description:
            "teachers who stay and lose every student, or every class; of those who teach, 5% with a floor of 2"
        })
      ),
      without_class: Schema.optional(
        PeopleLimit.annotations({
          description: "students who stay and are left with no class; of those in a class, 1% with a floor of 5"
        })
      ),
      without_class_per_school: Schema.optional(
        PeopleLimit.annotations({ description: "the same, in one school; 5% with a floor of 5" })
      )
    }).annotations({ description: "who is in which class, as what" })
  ),
  families: Schema.optional(
    Schema.Struct({
      entity: text("loaded entity whose rows tie a guardian to a student", { examples: ["parent_relationship"] }),
      student: text("its ref field to the student", { examples: ["student"] }),
      guardian: text("its ref field to the guardian", { examples: ["parent"] }),
      guardians_per_student: optionalCount("additions beyond so many guardians of one student are held", {
        default: 8
      }),
      students_per_guardian: optionalCount("additions beyond so many students of one guardian are held", {
        default: 20
      })
    }).annotations({ description: "who is whose guardian" })
  )
}).annotations({
  description: "which entities say who is in which class and in which family, so that guards count people"
})

export const Rekey = Schema.Struct({
  match: Schema.Array(Schema.Array(Schema.String)).annotations({
    description:
      "lists of fields, the surest first. A record that is gone and a new one are the same when all fields of a list agree, no other pair does, and the first field of the list holds something. Refs agree where they point to the same record, itself under a new key or not; `school` and `section` stand for the scope",
    examples: [[["template", "semester", "teacher", "room"]]]
  }),
  unsure: Schema.optional(
    Schema.Array(Schema.Array(Schema.String)).annotations({
      description: "as match, but a pair that agrees in these alone is held: people say whether it is one record",
      examples: [[["username"]]]
    })
  ),
  shared: Schema.optional(
    Schema.Struct({
      entity: text("loaded entity whose rows are the members", { examples: ["enrollment"] }),
      of: text("its ref field to the record", { examples: ["org_unit"] }),
      by: text("its field that says who the member is", { examples: ["user"] }),
      percent: optionalPercent("of the larger roster, 0 to 100", { default: 80 })
    }).annotations({
      description: "so much of the roster must be the same; a pair that agrees in all but that is held"
    })
  )
}).annotations({
  description:
    "how a record is known again that returns under a new key: what stands at the target stays, with all that hangs on it"
})
