import * as Schema from "effect/Schema"

/**
 * Every key of a pipeline file, once: description, default, example. The published JSON Schema, the key reference and
 * the decoder are made from this.
 */

const text = (description: string, examples?: readonly [string, ...Array<string>]) =>
  Schema.String.annotations({ description, ...(examples === undefined ? {} : { examples }) })
const optionalText = (description: string) => Schema.optional(text(description))
const flag = (description: string) => Schema.optional(Schema.Boolean.annotations({ description }))
const count = (description: string) => Schema.Number.annotations({ description })

const CleanStep = Schema.Union(
  Schema.String.annotations({
    description:
      "trim, collapse_spaces, lower, upper, or code_characters (what Brightspace refuses in a code becomes _, 50 characters at most)"
  }),
  Schema.Struct({
    replace: Schema.optional(
      Schema.Struct({ characters: text("each of these characters is replaced"), with: text("by this") })
    ),
    shorten: Schema.optional(count("at most so many characters stay"))
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

const Value: Schema.Schema<RawValue> = Schema.Union(
  Schema.String.annotations({
    description: "A DuckDB SQL expression over the columns in reach.",
    examples: ["course.title"]
  }),
  Schema.Struct({
    sql: optionalText("a DuckDB SQL expression, spelled out"),
    rule: optionalText("name of a rule"),
    template: optionalText(
      "text with {expression} holes; a null hole makes the whole value null unless null_hole is given"
    ),
    null_hole: optionalText("what a null hole of the template becomes"),
    first_of: Schema.optional(
      Schema.Array(
        Schema.Struct({
          when: optionalText("condition of the branch; without one it always holds"),
          value: Schema.suspend((): Schema.Schema<RawValue> => Value)
        })
      ).annotations({ description: "the first branch whose condition holds and whose value is not null" })
    ),
    map: Schema.optional(
      Schema.Struct({
        of: Schema.suspend((): Schema.Schema<RawValue> => Value),
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
        of: Schema.suspend((): Schema.Schema<RawValue> => Value),
        steps: Schema.Array(CleanStep)
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
        of: Schema.suspend((): Schema.Schema<RawValue> => Value),
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
    key: Schema.optional(Schema.suspend((): Schema.Schema<RawValue> => Value)),
    optional: flag("a ref that may be null")
  })
).annotations({ identifier: "Value", description: "How one value is made." })

const Condition = Schema.Struct({
  id: text("name under which the record stands in quarantine"),
  when: text("SQL condition"),
  say: text("reason for people, without personal data")
})

const Dataset = Schema.Struct({
  endpoint: text("path under the connection's base URL", ["/users"]),
  filter: optionalText("OneRoster filter expression; applied by the server where it can"),
  fields: Schema.optional(
    Schema.Array(Schema.String).annotations({ description: "fields to ask for; all when left out" })
  ),
  expect: Schema.optional(
    Schema.Struct({ min_rows: Schema.optional(count("fewer rows stop the run before anything is planned")) })
  )
})

const Limit = Schema.Struct({
  percent: count("of the rows that stand, 0 to 100"),
  floor: Schema.optional(
    count("so many rows are always allowed, or, per school and section, smaller ones are not judged")
  ),
  rows: Schema.optional(count("never more than so many rows, whatever the percent"))
})

const Guards = Schema.Struct({
  gone: Schema.optional(Limit.annotations({ description: "removals of the entity, district-wide" })),
  changed: Schema.optional(Limit.annotations({ description: "updates of the entity, district-wide" })),
  per_school: Schema.optional(Limit.annotations({ description: "removals in one school" })),
  per_section: Schema.optional(Limit.annotations({ description: "removals in one section" })),
  empty: Schema.optional(
    Schema.Literal("hold", "allow").annotations({
      description: "what happens when nothing is left where something was"
    })
  )
}).annotations({ identifier: "Guards", description: "What is held for approval. A key left out keeps its default." })

const Join = Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Boolean) }).annotations({
  description: "`relation AS alias: condition`; `optional: true` beside it keeps rows without a match",
  examples: [{ "courses AS course": "course.sourcedId = class.course" }]
})

const Entity = Schema.Struct({
  describe: optionalText("what a row is"),
  from: text("relation AS alias: a dataset or an earlier entity", ["classes AS class"]),
  join: Schema.optional(Schema.Array(Join)),
  each: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
      description: "one row per element of a list: name to list expression"
    })
  ),
  where: optionalText("SQL condition; rows for which it does not hold are not wanted"),
  pick: Schema.optional(
    Schema.Struct({
      one_per: Schema.Array(Schema.String).annotations({ description: "rows that share these values …" }),
      order_by: Schema.optional(
        Schema.Array(Schema.String).annotations({ description: "… are ordered by these, and the first stays" })
      ),
      reject: Schema.optional(
        Schema.Struct({
          id: text("name under which the others stand in quarantine"),
          say: text("reason for people; the id of the record that stayed is put behind it")
        }).annotations({ description: "the others go to quarantine; without it they are merely not wanted" })
      )
    }).annotations({ description: "one row of those that are alike" })
  ),
  key: Value.annotations({ description: "what identifies a row, the same on every run" }),
  label: Schema.optional(
    Value.annotations({ description: "what people read beside the key; that of an entity in `from` when left out" })
  ),
  scope: Schema.optional(
    Schema.Struct({ school: Schema.optional(Value), section: Schema.optional(Value) }).annotations({
      description:
        "SIS id of the school and section a row belongs to, for guards and filters; those of an entity in `from` when left out"
    })
  ),
  fields: Schema.Record({ key: Schema.String, value: Value }),
  reject: Schema.optional(Schema.Array(Condition)),
  warn: Schema.optional(Schema.Array(Condition)),
  expect: Schema.optional(
    Schema.Struct({
      min_rows: count("fewer rows stop the run"),
      say: text("what to tell people then"),
      show: optionalText("SQL over show_from, listing what was found instead"),
      show_from: optionalText("dataset or entity")
    })
  )
})

const LoadEntity = Schema.Struct({
  resource: text("what it is at the target", ["org_unit"]),
  type: optionalText("org unit type by name or code, resolved on the tenant"),
  match_existing: Schema.optional(
    Schema.Array(Schema.String).annotations({ description: "fields by which an existing record is adopted, in order" })
  ),
  on_gone: Schema.Literal("keep", "deactivate", "unenroll", "recycle", "remove").annotations({
    description: "what happens to a record that is no longer wanted"
  }),
  keep_when: optionalText("SQL over the record's last fields (text) and run: a gone record for which it holds stays"),
  removed_with: optionalText("ref field whose removal takes this record along at the target"),
  covered_by: optionalText("ref field to an enrollment above; where its role cascades nothing is written"),
  overwrite: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.Literal("always", "never", "if_ours") }).annotations({
      description:
        "per field, when the target holds another value: always write (default), never, or only what rollbook wrote last"
    })
  ),
  state_only: Schema.optional(
    Schema.Array(Schema.String).annotations({ description: "fields kept in rollbook's state and never sent" })
  )
})

const TestRows = Schema.Record({
  key: Schema.String,
  value: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})

const PipelineTest = Schema.Struct({
  name: text("what the test shows"),
  as_of: optionalText("date of the run, quoted"),
  given: TestRows.annotations({ description: "rows per dataset, only the columns that matter" }),
  expect: Schema.optional(
    TestRows.annotations({ description: "rows per entity; only the columns named are compared" })
  ),
  quarantine: Schema.optional(
    Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })).annotations({
      description:
        "records turned away, by entity, key, source, rule and say; all those of the entities named here, or, when empty, none at all"
    })
  ),
  warnings: Schema.optional(
    Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })).annotations({
      description: "records that a warn rule points at, as under quarantine"
    })
  ),
  stops: optionalText("the run must stop, with a message that contains this")
})

export const PipelineFile = Schema.Struct({
  pipeline: text("name of the pipeline", ["roster"]),
  timezone: text("the district's time zone, an IANA name", ["America/Chicago"]),
  schedule: Schema.optional(
    Schema.Struct({
      cron: text("five fields", ["0 2 * * *"]),
      timezone: optionalText("IANA name; the district's when left out"),
      missed: Schema.optional(
        Schema.Literal("run_once", "skip").annotations({ description: "what a missed time is worth" })
      )
    })
  ),
  extract: Schema.Struct({
    connection: text("name of the source in connections.yaml"),
    datasets: Schema.Record({ key: Schema.String, value: Dataset })
  }),
  transform: Schema.Struct({
    rules: Schema.optional(Schema.Record({ key: Schema.String, value: Value })),
    entities: Schema.Record({ key: Schema.String, value: Entity })
  }),
  load: Schema.Struct({
    connection: text("name of the target in connections.yaml"),
    plan_expires_after_hours: Schema.optional(count("a plan older than this is refused; 24 by default")),
    entities: Schema.Record({ key: Schema.String, value: LoadEntity }),
    guards: Schema.optional(
      Schema.Record({ key: Schema.String, value: Guards }).annotations({
        description:
          "per entity, and `defaults` for all; on by default: gone 5% (floor 10), changed 75% (floor 50), per_school 10% (floor 10), per_section 50% (floor 5), empty: hold"
      })
    )
  }),
  tests: Schema.optional(Schema.Array(PipelineTest))
}).annotations({ identifier: "Pipeline", title: "A rollbook pipeline" })

export type RawPipeline = typeof PipelineFile.Type

const Budget = Schema.Struct({
  concurrency: Schema.optional(count("requests in flight")),
  requests_per_second: Schema.optional(count("at most")),
  peak: Schema.optional(
    Schema.Struct({
      hours: text("from-to in the district's time zone", ["07:00-17:00"]),
      concurrency: count("requests in flight in these hours")
    })
  )
})

const Connection = Schema.Struct({
  type: Schema.Literal("oneroster", "brightspace").annotations({ description: "kind of system" }),
  profile: optionalText("quirks of a provider: infinite_campus, classlink, generic_1_1, generic_1_2"),
  base_url: optionalText("OneRoster: up to and including the version segment"),
  url: optionalText("Brightspace: the tenant's address"),
  auth: Schema.Struct({
    type: Schema.Literal("oauth2", "oauth1", "private_key_jwt", "refresh_token"),
    token_url: optionalText("where tokens are fetched, as handed over"),
    client_id: optionalText("client id"),
    client_secret: optionalText("client secret, by reference"),
    client_auth: Schema.optional(
      Schema.Literal("basic", "body").annotations({ description: "how the client shows its secret; basic by default" })
    ),
    consumer_key: optionalText("OAuth 1.0a key"),
    consumer_secret: optionalText("OAuth 1.0a secret, by reference"),
    signature_method: Schema.optional(Schema.Literal("HMAC-SHA1", "HMAC-SHA256")),
    private_key: optionalText("PEM or JWK, by reference"),
    private_key_file: optionalText("path of a PEM or JWK file"),
    token_file: optionalText("refresh_token: file that holds the current refresh token; rewritten at each use"),
    scope: Schema.optional(Schema.Array(Schema.String))
  }),
  gradebook_headers: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
      description: "sent to gradebook endpoints and nowhere else"
    })
  ),
  paging: Schema.optional(Schema.Struct({ limit: count("rows asked for per page") })),
  versions: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  relationships: Schema.optional(
    Schema.Struct({
      route: Schema.Literal("bfp", "auditor", "off").annotations({ description: "how parents are tied to students" }),
      parent_field: optionalText("name of the parent's id in the bfp body, which D2L does not publish"),
      child_field: optionalText("name of the child's id in the bfp body")
    })
  ),
  budget: Schema.optional(Budget)
})

export const ConnectionsFile = Schema.Struct({
  connections: Schema.Record({ key: Schema.String, value: Connection })
}).annotations({ identifier: "Connections", title: "rollbook's connections" })

export type RawConnection = typeof Connection.Type
