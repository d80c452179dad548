import * as Schema from "effect/Schema"
import { Guards, People } from "./schema-guards.ts"
import { Gates, LoadEntity } from "./schema-load.ts"
import {
  count,
  countOr,
  flagOr,
  keysOr,
  wordOr,
  optionalText,
  optionalTexts,
  percent,
  span,
  spanOr,
  text,
  textByName,
  texts,
  Value
} from "./schema-values.ts"

/**
 * Every key of a pipeline file, once: description, default, example. The published JSON Schema, the key reference and
 * the decoder are made from this.
 */

const Condition = Schema.Struct({
  id: text("name of the rule in reports and quarantine", { examples: ["no-last-name"] }),
  when: text("SQL condition under which it applies", { examples: ["person.familyName IS NULL"] }),
  say: text("reason for people, without personal data", { examples: ["the record has no last name"] }),
  names: optionalText("SQL expression: the id of the other record that the reason is about; it is put behind it", {
    examples: ["twin.key"]
  })
})

const Reject = Schema.Struct({
  ...Condition.fields,
  usual: flagOr(
    false,
    "true: many records are turned away by it in an ordinary district, so that they raise no doubt of the read (`expect.turned_away`)",
    [true]
  )
})

const usualTurnedAway = { percent: 50, floor: 10 }

const Expected = Schema.Struct({
  min_rows: countOr(0, "fewer rows stop the run before anything is planned"),
  turned_away: Schema.optionalWith(
    Schema.Struct({
      percent: percent("of the rows read, 0 to 100", { examples: [usualTurnedAway.percent] }),
      floor: countOr(usualTurnedAway.floor, "so many rows are always allowed")
    }).annotations({
      description: `rows that may be in quarantine for one and the same reason; with more, the read is not proven whole, so that removals wait; ${usualTurnedAway.percent}% with a floor of ${usualTurnedAway.floor}`
    }),
    { default: () => usualTurnedAway }
  )
}).annotations({ description: "what must hold of the rows read" })

const Dataset = Schema.Struct({
  endpoint: text("collection of the source", { examples: ["/users"] }),
  filter: optionalText("filter as the source words it; applied by the server where it can", {
    examples: ["status='active'"]
  }),
  fields: optionalTexts("fields to ask for, and no others can be used; all when left out", {
    examples: [["sourcedId", "status"]]
  }),
  parts: Schema.optional(
    Schema.Struct({
      of: text("relation AS alias: a dataset read before this one, or an entity of another pipeline", {
        examples: ["roster.course_offering AS offering"]
      }),
      id: text("SQL expression: the source's own id of the part", { examples: ["offering.remote_id"] }),
      when: optionalText("SQL condition: only these parts are read", { examples: ["course.IsActive"] })
    }).annotations({
      description:
        "for a source that is read part by part, as gradebooks are course by course: one part per row. A part that cannot be read stays as it was last read"
    })
  ),
  mode: Schema.optional(
    Schema.Struct({
      delta: Schema.optional(
        Schema.Struct({
          overlap_hours: spanOr(
            24,
            "hours before the last read from which changes are asked for again; without parts 1 at least, and 24 where a source writes local times or compares by the day"
          ),
          whole_every_days: spanOr(
            7,
            "it is read whole at least so often; only that shows deletions that are not marked. Without parts also on every night on which everything is computed (`full_every`, `--full`)"
          ),
          whole_with: Schema.optional(
            textByName(
              "relation AS alias of an earlier dataset: SQL expression that names the part which is read whole where such a row came or changed since",
              {
                examples: [{ "items AS item": "item.OrgUnitId" }]
              }
            )
          )
        }).annotations({
          description:
            "what changed since it was last read, by the source's time of modification: a part, or without parts the collection, whose rows of the night before go on; whatever raises a doubt of them makes the read whole, and the plan says why"
        })
      ),
      kept: Schema.optional(
        Schema.Struct({
          again_after_days: spanOr(0, "a part is read again at least so often; 0 = on every run"),
          minutes: Schema.optional(
            span(
              "after so many minutes of a run no further part is asked for: what is left stays as it was, and is not current; parts that are new or have news come first; no bound when left out",
              { examples: [120] }
            )
          ),
          again_when: optionalText("SQL condition over `kept`, the rows of the part: then it is read on every run", {
            examples: ["kept.AcademicSessionOrgUnitId IS NULL"]
          }),
          again_with: Schema.optional(
            textByName(
              "relation AS alias of an earlier dataset: SQL expression that names the part each new row of it concerns",
              {
                examples: [{ "values AS value": "value.OrgUnitId || '/' || value.GradeObjectId" }]
              }
            )
          )
        }).annotations({
          description: "the part as it was read, until its row in `of` changes or one of these says so"
        })
      )
    }).annotations({
      description: "how much is read on a run; everything when left out. Without parts it may be delta, `{ delta: {} }`"
    })
  ),
  expect: keysOr(Expected)
})

/** The default expectations of a dataset's rows. */
export const normallyExpected = Schema.decodeSync(Expected)({})

const Table = Schema.Struct({
  file: optionalText("CSV file beside this one, UTF-8 with a line of headings, 5 MB at most", {
    examples: ["items.csv"]
  }),
  columns: optionalTexts("the columns that are used of the file; the first one identifies a row", {
    examples: [["course", "item", "session"]]
  }),
  state: Schema.optional(
    Schema.Literal("choices", "sessions").annotations({
      description:
        "instead of a file: choices = what `rollbook items` was told of single items, with the columns key, and choice: send or keep; sessions = the academic sessions that the pipelines in `uses` read last, with the columns id, title, type, parent, start_date and end_date"
    })
  ),
  parts_of: optionalText(
    "instead of a file: the parts that were ever read of this dataset, with the columns id, and is_current: false where the part was to be read in this run and was not",
    { examples: ["exemptions"] }
  )
})

const Join = Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Boolean) }).annotations({
  description:
    "`relation AS alias: condition`. A row without a match is turned away, and follows a match into quarantine; with `optional: true` beside it the row stays in any case",
  examples: [{ "courses AS course": "course.sourcedId = class.course" }]
})

const Entity = Schema.Struct({
  describe: optionalText("what a row is", { examples: ["a school"] }),
  from: text("relation AS alias: a dataset or an earlier entity", { examples: ["classes AS class"] }),
  also_from: optionalTexts(
    "further entities whose rows are taken as well, under the same alias; they have the fields of the one in from",
    { examples: [["excused"]] }
  ),
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
  skip: Schema.optional(
    Schema.Array(Condition).annotations({
      description: "rows that are not wanted, for a reason that people ask for: the first one that holds is kept"
    })
  ),
  reject: Schema.optional(
    Schema.Array(Reject).annotations({
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

const TestRows = Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const TestTables = Schema.Record({ key: Schema.String, value: TestRows })

const PipelineTest = Schema.Struct({
  name: text("what the test shows"),
  as_of: optionalText("date of the run, quoted; today when left out", { examples: ["2026-10-01"] }),
  timezone: optionalText("the district's time zone in this test; the pipeline's when left out", {
    examples: ["America/Chicago"]
  }),
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

/** When a pipeline runs by itself. */
export const Schedule = Schema.Struct({
  cron: text("minute, hour, day, month, weekday", { examples: ["0 2 * * *"] }),
  timezone: optionalText("IANA name; the district's when left out"),
  missed: wordOr("what is done about times that were missed", ["run_once", "skip"]),
  after: Schema.optional(
    Schema.Array(Schema.String).annotations({
      description:
        "pipelines whose run goes first, however it ends, where one of them is due, waits or is to be tried again",
      examples: [["roster"]]
    })
  ),
  retry: keysOr(
    Schema.Struct({
      times: countOr(2, "so often a run is tried again whose source or target could not be reached"),
      minutes: spanOr(15, "minutes until then")
    }).annotations({ description: "what is done where a system does not answer" })
  )
}).annotations({ description: "when the pipeline runs by itself: `rollbook schedule` and `rollbook serve` do it" })

export const PipelineFile = Schema.Struct({
  pipeline: text("name of the pipeline", { examples: ["roster"] }),
  timezone: text("the district's time zone, an IANA name", { examples: ["America/Chicago"] }),
  schedule: Schema.optional(Schedule),
  uses: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }).annotations({
      description:
        "entities of other pipelines in the same folder, as they stand at their target: `pipeline.entity` is a relation with key, remote_id, label, school, section and the entity's fields, all text. A pipeline of grades knows its classes from one roster: of several, each has its own",
      examples: [{ roster: ["course_offering", "user"] }]
    })
  ),
  extract: Schema.Struct({
    connection: text("name of the source in connections.yaml", { examples: ["campus"] }),
    datasets: Schema.Record({ key: Schema.String, value: Dataset }).annotations({
      description: "name to collection; read in this order"
    }),
    tables: Schema.optional(
      Schema.Record({ key: Schema.String, value: Table }).annotations({
        description: "name to rows that people keep; relations like datasets, their columns all text"
      })
    ),
    keep_reads: countOr(
      2,
      "so many reads that were proven whole are kept as they came, for `plan --from-run` and `quarantine --replay`; they hold personal data; 0 keeps none"
    ),
    full_every: countOr(
      7,
      "a night on which all is as it was when the rows were last computed rests on these; every so many nights everything is computed nevertheless, compared with them, and the plan says so; 1 computes every night"
    )
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
    plan_expires_after_hours: spanOr(
      36,
      "a plan older than this is refused, its interrupted apply is not finished, and what its approvals released is over; 36, so that a yes of the morning still counts on the night after"
    ),
    entities: Schema.Record({ key: Schema.String, value: LoadEntity }).annotations({
      description: "entity to what becomes of it at the target; an entity that is not named here is written nowhere"
    }),
    people: Schema.optional(People),
    guards: Schema.optional(
      Schema.Record({ key: Schema.String, value: Guards }).annotations({
        description: "per entity, and `defaults` for all"
      })
    ),
    gates: keysOr(Gates.annotations({ description: "what must hold at the moment of sending" }))
  }).annotations({ description: "what may be written" }),
  tests: Schema.optional(
    Schema.Array(PipelineTest).annotations({ description: "rows in, rows out; run by `rollbook test`" })
  )
}).annotations({ identifier: "Pipeline", title: "A rollbook pipeline" })

/** A pipeline's file with what it leaves out as it is normally. */
export type RawPipeline = typeof PipelineFile.Type

/** A pipeline's file as it is written: what it leaves out, it leaves out. Its digests are made from this. */
export type WrittenPipeline = typeof PipelineFile.Encoded
