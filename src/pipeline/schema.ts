import * as Schema from "effect/Schema"

/**
 * Every key of a pipeline file, once: description, default, example. The published JSON Schema, the key reference and
 * the decoder are made from this.
 */

/** What else is said of a key: the value it has when left out, and values as people write them. */
interface Notes<A> {
  readonly default?: A
  readonly examples?: readonly [A, ...Array<A>]
}

const text = (description: string, notes: Notes<string> = {}) => Schema.String.annotations({ description, ...notes })
const count = (description: string, notes: Notes<number> = {}) => Schema.Number.annotations({ description, ...notes })
const texts = (description: string, notes: Notes<ReadonlyArray<string>> = {}) =>
  Schema.Array(Schema.String).annotations({ description, ...notes })
const textByName = (description: string, notes: Notes<Readonly<Record<string, string>>> = {}) =>
  Schema.Record({ key: Schema.String, value: Schema.String }).annotations({ description, ...notes })
const optionalText = (description: string, notes: Notes<string> = {}) => Schema.optional(text(description, notes))
const optionalCount = (description: string, notes: Notes<number> = {}) => Schema.optional(count(description, notes))
const optionalTexts = (description: string, notes: Notes<ReadonlyArray<string>> = {}) =>
  Schema.optional(texts(description, notes))

const CleanStep = Schema.Union(
  Schema.String.annotations({
    description:
      "trim, collapse_spaces, lower, upper, or code_characters (what Brightspace refuses in a code becomes _, 50 characters at most)"
  }),
  Schema.Struct({
    replace: Schema.optional(
      Schema.Struct({
        characters: text("each of these characters is replaced", { examples: [":/"] }),
        with: text("by this", { examples: ["_"] })
      }).annotations({ description: "characters that become another text" })
    ),
    shorten: optionalCount("at most so many characters stay", { examples: [128] })
  })
).annotations({ identifier: "CleanStep", description: "One clean-up of a text." })

export interface RawValueObject {
  readonly sql?: string | undefined
  readonly rule?: string | undefined
  readonly template?: string | undefined
  readonly null_hole?: string | undefined
  readonly first_of?: ReadonlyArray<{ readonly when?: string | undefined; readonly value: RawValue }> | undefined
  readonly map?:
    | {
        readonly of: RawValue
        readonly table: Readonly<Record<string, string>>
        readonly unmapped?: "reject" | "keep" | "default" | undefined
        readonly default?: string | undefined
      }
    | undefined
  readonly clean?: { readonly of: RawValue; readonly steps: ReadonlyArray<typeof CleanStep.Type> } | undefined
  readonly unique?: ReadonlyArray<RawValue> | undefined
  readonly date?:
    | { readonly of: RawValue; readonly as?: "date" | "end_of_day" | undefined; readonly timezone?: string | undefined }
    | undefined
  readonly ref?: string | ReadonlyArray<string> | undefined
  readonly key?: RawValue | undefined
  readonly optional?: boolean | undefined
}
export type RawValue = string | RawValueObject

const Of = Schema.propertySignature(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
  description: "the value it is made of"
})

const Value: Schema.Schema<RawValue> = Schema.Union(
  Schema.String.annotations({
    description: "A DuckDB SQL expression over the columns in reach.",
    examples: ["course.title"]
  }),
  Schema.Struct({
    sql: optionalText("a DuckDB SQL expression, spelled out"),
    rule: optionalText("name of a rule", { examples: ["class_name"] }),
    template: optionalText(
      "text with {expression} holes; a null hole makes the whole value null unless null_hole is given",
      { examples: ["{course.courseCode} {class.classCode}"] }
    ),
    null_hole: optionalText("what a null hole of the template becomes"),
    first_of: Schema.optional(
      Schema.Array(
        Schema.Struct({
          when: optionalText("condition of the branch; without one it always holds"),
          value: Schema.propertySignature(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
            description: "the value of the branch"
          })
        })
      ).annotations({ description: "the first branch whose condition holds and whose value is not null" })
    ),
    map: Schema.optional(
      Schema.Struct({
        of: Of,
        table: Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
          description: "from value to value"
        }),
        unmapped: Schema.optional(
          Schema.Literal("reject", "keep", "default").annotations({
            description:
              "reject (the default): the record goes to quarantine; keep: the value stays; default: the value under default"
          })
        ),
        default: optionalText("what an unmapped value becomes, with unmapped: default")
      }).annotations({ description: "a table from value to value" })
    ),
    clean: Schema.optional(
      Schema.Struct({
        of: Of,
        steps: Schema.Array(CleanStep).annotations({ description: "clean-ups, the first one first" })
      }).annotations({ description: "clean-ups of a text, in order" })
    ),
    unique: Schema.optional(
      Schema.Array(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
        description:
          "the first form that no other row of the entity could carry; every member of a colliding group moves on together"
      })
    ),
    date: Schema.optional(
      Schema.Struct({
        of: Of,
        as: Schema.optional(
          Schema.Literal("date", "end_of_day").annotations({ description: "date by default; or the end of that day" })
        ),
        timezone: optionalText("IANA name; the district's when left out")
      }).annotations({ description: "a calendar date, or the end of that day, in a time zone" })
    ),
    ref: Schema.optional(
      Schema.Union(Schema.String, Schema.Array(Schema.String)).annotations({
        description: "entity, or entities in order, whose record the field points to"
      })
    ),
    key: Schema.optional(Schema.suspend((): Schema.Schema<RawValue> => Value)).annotations({
      description: "with ref: the key of that record; the column of another ref will do"
    }),
    optional: Schema.optional(
      Schema.Boolean.annotations({
        description: "with ref: it may be null, or point to what is not wanted",
        default: false
      })
    )
  })
).annotations({ identifier: "Value", description: "How one value is made." })

const Condition = Schema.Struct({
  id: text("name of the rule in reports and quarantine", { examples: ["no-last-name"] }),
  when: text("SQL condition under which it applies", { examples: ["person.familyName IS NULL"] }),
  say: text("reason for people, without personal data", { examples: ["the record has no last name"] })
})

const Dataset = Schema.Struct({
  endpoint: text("collection of the source", { examples: ["/users"] }),
  filter: optionalText("OneRoster filter expression; applied by the server where it can", {
    examples: ["status='active'"]
  }),
  fields: optionalTexts("fields to ask for; all when left out", { examples: [["sourcedId", "status"]] }),
  expect: Schema.optional(
    Schema.Struct({
      min_rows: optionalCount("fewer rows stop the run before anything is planned", { default: 0 })
    }).annotations({ description: "what must hold of the rows read" })
  )
})

const Limit = Schema.Struct({
  percent: count("of the rows that stand, 0 to 100", { examples: [5] }),
  floor: optionalCount("so many rows are always allowed, or, per school and section, smaller ones are not judged", {
    examples: [10]
  }),
  rows: optionalCount("never more than so many rows, whatever the percent", { examples: [2000] })
})

const Guards = Schema.Struct({
  gone: Schema.optional(
    Limit.annotations({ description: "removals of the entity, district-wide; 5% with a floor of 10" })
  ),
  changed: Schema.optional(
    Limit.annotations({ description: "updates of the entity, district-wide; 75% with a floor of 50" })
  ),
  per_school: Schema.optional(Limit.annotations({ description: "removals in one school; 10% with a floor of 10" })),
  per_section: Schema.optional(Limit.annotations({ description: "removals in one section; 50% with a floor of 5" })),
  empty: Schema.optional(
    Schema.Literal("hold", "allow").annotations({
      description: "what happens when nothing is left where something was",
      default: "hold"
    })
  )
}).annotations({ identifier: "Guards", description: "What is held for approval. A key left out keeps its default." })

const Join = Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Boolean) }).annotations({
  description:
    "`relation AS alias: condition`. A row without a match is turned away, and follows a match into quarantine; with `optional: true` beside it the row stays in any case",
  examples: [{ "courses AS course": "course.sourcedId = class.course" }]
})

const Entity = Schema.Struct({
  describe: optionalText("what a row is", { examples: ["a school"] }),
  from: text("relation AS alias: a dataset or an earlier entity", { examples: ["classes AS class"] }),
  join: Schema.optional(
    Schema.Array(Join).annotations({ description: "further relations in reach, one after the other" })
  ),
  each: Schema.optional(
    textByName("one row per element of a list: name to list expression", { examples: [{ org: "person.orgs" }] })
  ),
  where: optionalText("SQL condition; rows for which it does not hold are not wanted", {
    examples: ["class.status = 'active'"]
  }),
  pick: Schema.optional(
    Schema.Struct({
      one_per: texts("rows that share these values …", { examples: [["lower(person.username)"]] }),
      order_by: optionalTexts("… are ordered by these, and the first stays; ties go by id", {
        examples: [["enrollment.beginDate"]]
      }),
      reject: Schema.optional(
        Schema.Struct({
          id: text("name under which the others stand in quarantine", { examples: ["username-taken"] }),
          say: text("reason for people; the id of the record that stayed is put behind it")
        }).annotations({ description: "the others go to quarantine; without it they are merely not wanted" })
      )
    }).annotations({ description: "one row of those that are alike" })
  ),
  key: Schema.propertySignature(Value).annotations({ description: "what identifies a row, the same on every run" }),
  label: Schema.optional(Value).annotations({
    description: "what people read beside the key; that of an entity in `from` when left out"
  }),
  scope: Schema.optional(
    Schema.Struct({
      school: Schema.optional(Value).annotations({ description: "SIS id of the school" }),
      section: Schema.optional(Value).annotations({ description: "SIS id of the class" })
    }).annotations({
      description: "where a row belongs, for guards and filters; as an entity in `from` when left out"
    })
  ),
  fields: Schema.Record({ key: Schema.String, value: Value }).annotations({
    description: "name to value; those of an entity that is loaded are the fields of its resource"
  }),
  reject: Schema.optional(
    Schema.Array(Condition).annotations({
      description: "rows that should have become something and cannot: to quarantine"
    })
  ),
  warn: Schema.optional(Schema.Array(Condition).annotations({ description: "rows that stay and are pointed at" })),
  expect: Schema.optional(
    Schema.Struct({
      min_rows: count("fewer rows stop the run", { examples: [1] }),
      say: text("what to tell people then"),
      show: optionalText("SQL over show_from, listing what was found instead", { examples: ["title"] }),
      show_from: optionalText("dataset or entity", { examples: ["academic_sessions"] })
    }).annotations({ description: "without so many rows the run makes no sense" })
  )
})

const LoadEntity = Schema.Struct({
  resource: text("what it is at the target", { examples: ["org_unit"] }),
  type: optionalText("org unit type by name or code, resolved on the tenant", { examples: ["School"] }),
  match_existing: optionalTexts("fields by which an existing record is adopted, in order; none when left out", {
    examples: [["org_defined_id", "username"]]
  }),
  match_within: optionalTexts(
    "ref fields that an existing record must share with the one it is adopted for: a code that comes back every year is looked for in its own semester alone",
    { examples: [["semester", "template"]] }
  ),
  rekey_when_same: optionalTexts(
    "a new record that is known by match_existing as what stands under another key, no longer wanted, takes that over when these fields agree too, or all of match_existing do; otherwise it is shown as unknown, and waits",
    { examples: [["first_name", "last_name"]] }
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
  state_only: optionalTexts("fields kept in rollbook's state and never sent", { examples: [["term_end"]] })
})

const TestRows = Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const TestTables = Schema.Record({ key: Schema.String, value: TestRows })

const PipelineTest = Schema.Struct({
  name: text("what the test shows"),
  as_of: optionalText("date of the run, quoted; today when left out", { examples: ["2026-10-01"] }),
  given: TestTables.annotations({ description: "rows per dataset, only the columns that matter" }),
  expect: Schema.optional(
    TestTables.annotations({ description: "rows per entity; only the columns named are compared" })
  ),
  quarantine: Schema.optional(
    TestRows.annotations({
      description:
        "records turned away, by entity, key, source, rule and say: all of the entities named here; an empty list means none at all"
    })
  ),
  warnings: Schema.optional(
    TestRows.annotations({ description: "records that a warn rule points at, as under quarantine" })
  ),
  stops: optionalText("the run must stop, with a message that contains this")
})

export const PipelineFile = Schema.Struct({
  pipeline: text("name of the pipeline", { examples: ["roster"] }),
  timezone: text("the district's time zone, an IANA name", { examples: ["America/Chicago"] }),
  schedule: Schema.optional(
    Schema.Struct({
      cron: text("minute, hour, day, month, weekday", { examples: ["0 2 * * *"] }),
      timezone: optionalText("IANA name; the district's when left out"),
      missed: Schema.optional(
        Schema.Literal("run_once", "skip").annotations({
          description: "what is done about times that were missed",
          default: "run_once"
        })
      )
    }).annotations({ description: "when the pipeline runs by itself" })
  ),
  extract: Schema.Struct({
    connection: text("name of the source in connections.yaml", { examples: ["campus"] }),
    datasets: Schema.Record({ key: Schema.String, value: Dataset }).annotations({
      description: "name to collection; read in this order"
    })
  }).annotations({ description: "what is read" }),
  transform: Schema.Struct({
    rules: Schema.optional(
      Schema.Record({ key: Schema.String, value: Value }).annotations({
        description: "values with a name, for use in fields"
      })
    ),
    entities: Schema.Record({ key: Schema.String, value: Entity }).annotations({
      description: "name to rows made of datasets and other entities"
    })
  }).annotations({ description: "how it becomes what is wanted" }),
  load: Schema.Struct({
    connection: text("name of the target in connections.yaml", { examples: ["brightspace"] }),
    plan_expires_after_hours: optionalCount("a plan older than this is refused", { default: 24 }),
    entities: Schema.Record({ key: Schema.String, value: LoadEntity }).annotations({
      description: "entity to what becomes of it at the target; an entity that is not named here is written nowhere"
    }),
    guards: Schema.optional(
      Schema.Record({ key: Schema.String, value: Guards }).annotations({
        description: "per entity, and `defaults` for all"
      })
    )
  }).annotations({ description: "what may be written" }),
  tests: Schema.optional(
    Schema.Array(PipelineTest).annotations({ description: "rows in, rows out; run by `rollbook test`" })
  )
}).annotations({ identifier: "Pipeline", title: "A rollbook pipeline" })

export type RawPipeline = typeof PipelineFile.Type
