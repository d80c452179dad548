import * as Schema from "effect/Schema"
import { longestSpan } from "../core/amount.ts"
import { Access } from "./access-schema.ts"
import { nightLanguages } from "./night-languages.ts"
import { keysOr, textOr } from "./schema-values.ts"

/** Every key of `service.yaml`, once, as `schema.ts` has those of a pipeline. */

const text = (description: string, examples?: readonly [string, ...Array<string>]) =>
  Schema.String.annotations({ description, ...(examples === undefined ? {} : { examples }) })
/** Given by reference alone, and shown to nobody. */
const secret = (description: string, examples: readonly [string, ...Array<string>]) =>
  Schema.String.pipe(
    Schema.filter(() => true, { jsonSchema: { type: "string", writeOnly: true, description, examples } })
  )
const days = (description: string) =>
  Schema.optional(
    Schema.Number.pipe(
      Schema.filter((amount) => Number.isInteger(amount) && amount >= 1 && amount <= longestSpan, {
        jsonSchema: { minimum: 1, maximum: longestSpan }
      })
    ).annotations({ description })
  )
const amount = (description: string, byDefault: number, least = 1, most = longestSpan) =>
  Schema.optionalWith(
    Schema.Number.pipe(
      Schema.filter((given) => given >= least && given <= most, { jsonSchema: { minimum: least, maximum: most } })
    ).annotations({ description, default: byDefault }),
    { default: () => byDefault }
  )

const Listen = Schema.Struct({
  host: textOr(
    "127.0.0.1",
    "address of this machine to listen on; beyond loopback a proxy that speaks TLS belongs before it"
  ),
  port: amount("port to listen on; 0 = any free one", 4080, 0, 65_535)
})

const mailTls = "starttls"

const Mail = Schema.Struct({
  host: text("name of the mail server", ["smtp.district.example"]),
  port: amount("port of the mail server", 587, 1, 65_535),
  tls: Schema.optionalWith(
    Schema.Literal("implicit", "starttls", "none").annotations({
      description:
        "how the line is kept private: TLS from the first byte, by STARTTLS, or not at all, for loopback alone",
      default: mailTls
    }),
    { default: () => mailTls }
  ),
  user: Schema.optional(text("account at the mail server; none when left out")),
  password: Schema.optional(secret("its password, by reference", ["${env:MAIL_PASSWORD}"])),
  from: text("address that alerts come from", ["rollbook@district.example"]),
  to: Schema.Array(Schema.String).annotations({
    description: "addresses that alerts go to",
    examples: [["lms-admins@district.example"]]
  })
})

const NightMail = Schema.Struct({
  by: textOr(
    "06:00",
    "hour, HH:MM in the zone of the pipelines, at which it goes though a run is still at work; the next night begins there. A night that has ended before is told at once"
  ),
  language: Schema.optionalWith(
    Schema.Literal(...nightLanguages).annotations({ description: "language of the mail", default: "en" }),
    { default: () => "en" as const }
  ),
  to: Schema.optional(
    Schema.Array(Schema.String).annotations({
      description: "addresses that it goes to; those of `mail` when left out",
      examples: [["principals@district.example"]]
    })
  )
})

const Alerts = Schema.Struct({
  no_good_run_for_hours: amount(
    "an alert when no run of a scheduled pipeline ended well, held or not, for so many hours",
    30
  ),
  credentials_end_within_days: amount("an alert so many days before `expires_on` of a connection", 30),
  webhook: Schema.optional(
    Schema.Struct({
      url: secret("where alerts are posted as JSON with a `text`, by reference: such an address is a secret", [
        "${env:ALERT_WEBHOOK_URL}"
      ])
    }).annotations({ description: "alerts to a chat or a pager" })
  ),
  mail: Schema.optional(Mail.annotations({ description: "alerts by mail" })),
  night_mail: Schema.optional(
    NightMail.annotations({
      description:
        "one mail a night, by the server of `mail`: how the night ended, what waits for whose decision until when, and what happens if nobody decides"
    })
  ),
  dead_man: Schema.optional(
    Schema.Struct({
      url: secret("asked for by GET after each run that ended well, held or not, by reference", ["${env:DEAD_MAN_URL}"])
    }).annotations({ description: "a watcher outside, which alerts when it is not asked any more" })
  )
})

const Keep = Schema.Struct({
  plans_days: days("plans, with their reports; one that may still be applied or resumed stays"),
  reads_days: days("rows of kept reads, beside the number that `keep_reads` of the pipeline allows"),
  history_days: days(
    "runs, what was wanted and sent in them, and values that were approved; what stands now stays, who made it, and who approved what"
  ),
  quarantine_days: days("what was turned away and is no longer"),
  logs_days: days("what runs of the schedule said; the trail of who was shown names is kept for ever")
})

export const ServiceFile = Schema.Struct({
  service: Schema.Struct({
    listen: keysOr(Listen.annotations({ description: "where `rollbook serve` answers" })),
    contact: Schema.optional(text("whom teachers are told to ask, in a few words", ["LMS help desk, extension 4200"])),
    public_url: Schema.optional(
      text("address under which people reach the service, where a proxy that speaks TLS stands before it", [
        "https://rollbook.district.example"
      ])
    ),
    access: Schema.optional(
      Access.annotations({ description: "who may what, beside tokens and the one-time link of `serve --admin`" })
    ),
    alerts: keysOr(
      Alerts.annotations({ description: "who is told when something changes for the worse, and when it is well again" })
    ),
    keep: keysOr(
      Keep.annotations({ description: "for how many days things are kept; what is not named is kept for ever" })
    )
  }).annotations({ description: "how rollbook runs unattended" })
}).annotations({ identifier: "Service", title: "How rollbook runs unattended" })

/** `service.yaml` as it is normally. */
export const normalService = (): RawService => Schema.decodeSync(ServiceFile)({ service: {} }).service

export type RawService = (typeof ServiceFile.Type)["service"]
