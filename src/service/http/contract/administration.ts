import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { get, numberWithin, orNull, post, Reveal } from "./endpoint.ts"
import { Busy, NotFound, Refused } from "./errors.ts"
import { Admitted, SignedIn } from "./guard.ts"
import { CollectionRead } from "./plans.ts"
import { Told } from "./told.ts"

/** Forms that administrators look up and switch: audit, configuration, quarantine, connections. */

export const AuditWanted = Schema.Struct({
  search: Schema.Trim.pipe(Schema.minLength(1), Schema.maxLength(200)),
  pipeline: Schema.optional(Schema.String),
  entity: Schema.optional(Schema.String),
  limit: Schema.optional(Schema.Int.pipe(Schema.between(1, 200)))
}).annotations({
  identifier: "AuditWanted",
  description: "in the body, since what is searched for may be somebody's name"
})
export type AuditWanted = typeof AuditWanted.Type

/** IANA name. */
const Zone = Schema.String.annotations({ description: "IANA name of the district's time zone" })

const AuditChange = Schema.Struct({
  run: Schema.Number,
  at: orNull(Schema.String).annotations({ description: "instant, UTC; null where nothing was sent" }),
  what: Schema.Literal("wanted", "no_longer_wanted", "quarantine", "passed_over", "planned", "answered"),
  action: orNull(Schema.String).annotations({ description: "of a step" }),
  outcome: orNull(Schema.Literal("held", "done", "failed", "stopped")),
  why: orNull(Told),
  rule: orNull(Schema.String).annotations({ description: "id of the rule that turned it away" }),
  plan: orNull(Schema.String),
  changes: Schema.Array(
    Schema.Struct({ field: Schema.String, before: orNull(Schema.String), after: orNull(Schema.String) })
  )
}).annotations({ identifier: "AuditChange" })

const AuditRecord = Schema.Struct({
  pipeline: Schema.String,
  entity: Schema.String,
  key: Schema.String,
  label: orNull(Schema.String).annotations({ description: "null unless names are revealed" }),
  managed: Schema.Boolean,
  zone: Zone,
  why: Told,
  since: orNull(Schema.Number).annotations({ description: "run that brought it there" }),
  last_written: orNull(Schema.Number),
  remote_id: orNull(Schema.String),
  changes: Schema.Array(AuditChange).annotations({ description: "newest first" })
}).annotations({ identifier: "AuditRecord" })
export type AuditRecord = typeof AuditRecord.Type

const AuditFound = Schema.Struct({
  records: Schema.Array(AuditRecord),
  more: Schema.Boolean.annotations({ description: "whether there are more than were asked for" }),
  where: orNull(Told).annotations({ description: "where it was looked for; null where something was found" })
}).annotations({ identifier: "AuditFound" })
export type AuditFound = typeof AuditFound.Type

const At = Schema.Struct({ file: Schema.String, line: Schema.Number })

/** A switch of a pipeline's grade export: `on_demand`, `nightly`, or a condition of `open_when` by its id. */
const SwitchView = Schema.Struct({
  name: Schema.String,
  say: Schema.String.annotations({ description: "what it does, in words of the file where it has any" }),
  written: Schema.Boolean.annotations({ description: "what the file says" }),
  at: At,
  set: orNull(
    Schema.Struct({ value: Schema.Boolean, by: Schema.String, at: Schema.String, why: Schema.String })
  ).annotations({ description: "what was set beside the file; null where nothing was" }),
  effective: Schema.Boolean,
  may_be_switched: Schema.Boolean.annotations({ description: "whether the file lets it be switched" })
}).annotations({ identifier: "Switch" })
export type SwitchView = typeof SwitchView.Type

const PipelineConfiguration = Schema.Struct({
  pipeline: orNull(Schema.String),
  file: Schema.String,
  zone: Zone,
  problems: Schema.Array(Schema.Struct({ line: Schema.Number, say: Schema.String, hint: Schema.String })),
  settings: Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String, at: At })).annotations({
    description: "what matters most, by key"
  }),
  switches: Schema.Array(SwitchView),
  freezes: Schema.Array(
    Schema.Struct({
      from: Schema.String,
      until: orNull(Schema.String),
      schools: Schema.Array(Schema.String),
      sessions: Schema.Array(Schema.String),
      say: Schema.String,
      at: orNull(At).annotations({ description: "null where it was set beside the file" }),
      set: orNull(Schema.Struct({ id: Schema.String, by: Schema.String, at: Schema.String, why: Schema.String }))
    })
  ),
  may_freeze: Schema.Boolean,
  text: Schema.String.annotations({ description: "the file as it stands" })
}).annotations({ identifier: "PipelineConfiguration" })
export type PipelineConfiguration = typeof PipelineConfiguration.Type

const Configuration = Schema.Struct({ pipelines: Schema.Array(PipelineConfiguration) }).annotations({
  identifier: "Configuration"
})
export type Configuration = typeof Configuration.Type

const Why = Schema.Trim.pipe(Schema.minLength(3), Schema.maxLength(1000))
const Moment = Schema.String.pipe(Schema.pattern(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/))

export const SwitchWanted = Schema.Union(
  Schema.Struct({
    what: Schema.Literal("switch"),
    pipeline: Schema.String,
    name: Schema.String,
    value: orNull(Schema.Boolean).annotations({ description: "null = as the file says" }),
    why: Why
  }),
  Schema.Struct({
    what: Schema.Literal("freeze"),
    pipeline: Schema.String,
    from: Moment,
    until: orNull(Moment),
    schools: Schema.Array(Schema.String),
    sessions: Schema.Array(Schema.String),
    why: Why
  }),
  Schema.Struct({
    what: Schema.Literal("thaw"),
    pipeline: Schema.String,
    id: Schema.String
  })
).annotations({ identifier: "SwitchWanted" })
export type SwitchWanted = typeof SwitchWanted.Type

const Quarantine = Schema.Struct({
  rules: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      rule: Schema.String,
      now: Schema.Number,
      since: orNull(Schema.Number),
      counts: Schema.Array(Schema.Struct({ run: Schema.Number, rows: Schema.Number }))
    })
  ),
  matching: Schema.Number,
  records: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      key: orNull(Schema.String),
      source: orNull(Schema.String),
      rule: Schema.String,
      say: Told,
      since: Schema.Number
    })
  )
}).annotations({ identifier: "Quarantine" })
export type Quarantine = typeof Quarantine.Type

const ConnectionView = Schema.Struct({
  name: Schema.String,
  system: Schema.String,
  reads: Schema.Array(Schema.String).annotations({ description: "pipelines that read it" }),
  writes: Schema.Array(Schema.String).annotations({ description: "pipelines that write to it" }),
  credentials_end: orNull(Schema.String).annotations({ description: "day on which they end, where it is declared" }),
  zone: Zone,
  probed_at: orNull(Schema.String),
  findings: Schema.Array(
    Schema.Struct({
      about: Schema.String,
      endpoint: orNull(Schema.String),
      state: Schema.Literal("good", "limited", "failing", "unknown"),
      says: Told
    })
  ),
  last_reads: Schema.Array(
    Schema.Struct({
      pipeline: Schema.String,
      plan: Schema.String,
      at: Schema.String.annotations({ description: "instant, UTC" }),
      collections: Schema.Array(CollectionRead)
    })
  ).annotations({ description: "how the last plan of each pipeline that reads it did so" })
}).annotations({ identifier: "Connection" })
export type ConnectionView = typeof ConnectionView.Type

export const administrationGroup = HttpApiGroup.make("administration", { topLevel: true })
  .add(post("audit").setUrlParams(Schema.Struct(Reveal)).setPayload(AuditWanted).addSuccess(AuditFound))
  .add(get("configuration").addSuccess(Configuration))
  .add(post("setSwitch").setPayload(SwitchWanted).addSuccess(PipelineConfiguration).addError(Refused))
  .add(
    get("quarantine")
      .setPath(Schema.Struct({ pipeline: Schema.String }))
      .setUrlParams(
        Schema.Struct({
          entity: Schema.optional(Schema.String),
          rule: Schema.optional(Schema.String),
          offset: Schema.optional(numberWithin(0, 10_000_000)),
          limit: Schema.optional(numberWithin(1, 500))
        })
      )
      .addSuccess(Quarantine)
  )
  .add(get("connections").addSuccess(Schema.Array(ConnectionView)))
  .addError(NotFound)
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)
