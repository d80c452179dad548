import * as Schema from "effect/Schema"
import { fileKeys } from "../guards/derived.ts"
import { percentOr, text, texts } from "./schema-values.ts"

/** The keys of a pipeline file that say what is held for approval, and what counts as the same record under a new key. */

/** One key per limit; each is declared with its guard, in `src/guards/`. */
export const Guards = Schema.Struct(fileKeys("guards")).annotations({
  identifier: "Guards",
  description: "What is held for approval. A key left out keeps its default."
})

/** The entities that say who is a teacher, a student, a guardian: with them, guards count people. */
export const People = Schema.Struct({
  classes: Schema.optional(
    Schema.Struct({
      entity: text("loaded entity whose rows put a person into a class", { examples: ["enrollment"] }),
      person: text("its ref field to the person", { examples: ["user"] }),
      class: text("its ref field to the class", { examples: ["org_unit"] }),
      role: text("its field with the role", { examples: ["role"] }),
      teachers: texts("roles that teach", { examples: [["Teacher"]] }),
      students: texts("roles that learn", { examples: [["Student"]] }),
      ...fileKeys("classes")
    }).annotations({ description: "who is in which class, as what" })
  ),
  families: Schema.optional(
    Schema.Struct({
      entity: text("loaded entity whose rows tie a guardian to a student", { examples: ["parent_relationship"] }),
      student: text("its ref field to the student", { examples: ["student"] }),
      guardian: text("its ref field to the guardian", { examples: ["parent"] }),
      ...fileKeys("families")
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
      percent: percentOr(80, "of the larger roster, 0 to 100")
    }).annotations({
      description: "so much of the roster must be the same; a pair that agrees in all but that is held"
    })
  )
}).annotations({
  description:
    "how a record is known again that returns under a new key: what stands at the target stays, with all that hangs on it"
})
