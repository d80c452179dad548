import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Diagnostic } from "../core/diagnostics.ts"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import type { AlertWays } from "../core/ports/messenger.ts"
import { addressProblem } from "../core/ports/settings.ts"
import { accessOf, accessProblems, type AccessSettings, type Installations, launchProblems } from "./access-settings.ts"
import { serviceJsonSchema } from "./json-schema.ts"
import { inTheOpen } from "./load-connections.ts"
import { readYamlFile, stopOn } from "./read-file.ts"
import type { NightLanguage } from "./night-languages.ts"
import { isByReference, secretsIn } from "./secrets.ts"
import { normalService, type RawService, ServiceFile } from "./service-schema.ts"
import { DefinitionInvalid, type Environment, fillIn, type SourceFile } from "./source-file.ts"
import { validateForm } from "./validate.ts"
import type { Doing } from "../core/doing.ts"

/** How rollbook runs unattended, as `service.yaml` says, its variables filled in. */
export interface ServiceSettings {
  readonly listen: { readonly host: string; readonly port: number }
  /** Origin under which people reach the service; null where that is the address listened on. */
  readonly publicUrl: string | null
  readonly access: AccessSettings
  /** Whom teachers are told to ask; null where nobody is named. */
  readonly contact: string | null
  readonly alerts: AlertWays & {
    readonly noGoodRunForHours: number
    readonly credentialsEndWithinDays: number
    /** Hour at which a night is told at the latest, `HH:MM`; null where no mail is asked for. */
    readonly nightBy: string | null
    /** Language of that mail; null where none is asked for. */
    readonly nightLanguage: NightLanguage | null
  }
  /** Days for which things are kept; null = for ever. */
  readonly keep: {
    readonly plans: number | null
    readonly reads: number | null
    readonly history: number | null
    readonly quarantine: number | null
    readonly logs: number | null
  }
}

/**
 * Reads `service.yaml`; without the file everything is as by default, and nobody is told anything. Where `installations` are
 * known, what launches is held against them.
 */
export const loadService = Effect.fn("pipeline.load-service")(function* (
  path: string,
  shownAs: string,
  environment: Environment,
  installations: Installations | null = null
): Doing<ServiceSettings, DefinitionInvalid | StoreError> {
  if (!(yield* isOnDisk(path))) return settingsOf(normalService())
  const source = yield* readYamlFile(path, shownAs)
  const form = serviceJsonSchema()
  const written = Schema.decodeUnknownEither(ServiceFile, { onExcessProperty: "error" })(source.value)
  if (Either.isLeft(written)) return yield* new DefinitionInvalid({ diagnostics: validateForm(source, form) })
  yield* stopOn(
    secretsIn(form, source.value).flatMap((one) => (isByReference(one.text) ? [] : inTheOpen(source, one.path)))
  )
  const problems: Array<Diagnostic> = []
  const filled = fillIn({
    source,
    value: written.right.service,
    environment,
    path: ["service"],
    problems
  }) as RawService
  problems.push(...valueProblems(source, filled), ...accessProblems(source, filled.access))
  if (installations !== null) problems.push(...launchProblems(source, filled.access, installations))
  yield* stopOn(problems)
  return settingsOf(filled)
})

/** Complains about values. A variable that is not set was reported already, and its value is empty. */
const valueProblems = (
  source: SourceFile,
  { alerts, public_url: publicUrl }: RawService
): ReadonlyArray<Diagnostic> => {
  const problems: Array<Diagnostic> = []
  if (publicUrl !== undefined && publicUrl !== "") {
    const problem =
      addressProblem(publicUrl) ??
      (new URL(publicUrl).pathname === "/" ? null : "this must be an origin, without a path")
    if (problem !== null) problems.push(source.diagnostic(["service", "public_url"], problem))
  }
  const at = (...path: ReadonlyArray<string | number>) => ["service", "alerts", ...path]
  for (const key of ["webhook", "dead_man"] as const) {
    const url = alerts?.[key]?.url ?? ""
    const problem = url === "" ? null : addressProblem(url)
    if (problem !== null) problems.push(source.diagnostic(at(key, "url"), problem))
  }
  const { mail, night_mail: night } = alerts
  if (night !== undefined && mail === undefined) {
    problems.push(
      source.diagnostic(at("night_mail"), "there is no mail server to send it by", {
        key: true,
        hint: "say alerts.mail"
      })
    )
  }
  if (night !== undefined && !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(night.by)) {
    problems.push(source.diagnostic(at("night_mail", "by"), "this is no hour of the day", { hint: "06:00" }))
  }
  for (const [path, address] of [
    ...(mail === undefined ? [] : [[["mail", "from"], mail.from] as const]),
    ...(mail?.to ?? []).map((one, index) => [["mail", "to", index], one] as const),
    ...(night?.to ?? []).map((one, index) => [["night_mail", "to", index], one] as const)
  ]) {
    if (address !== "" && !/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(address)) {
      problems.push(
        source.diagnostic(at(...path), "this is no address of a mailbox", {
          hint: "the bare address, as rollbook@district.example"
        })
      )
    }
  }
  if (night?.to?.length === 0) {
    problems.push(
      source.diagnostic(at("night_mail", "to"), "nobody gets the mail", { hint: "name an address, or leave `to` out" })
    )
  }
  if (mail === undefined) return problems
  if (mail.to.length === 0) {
    problems.push(
      source.diagnostic(at("mail", "to"), "nobody gets the mail", { hint: "name an address, or leave mail out" })
    )
  }
  if (mail.tls === "none" && !/^(localhost|127(\.\d+){3}|::1)$/.test(mail.host)) {
    problems.push(
      source.diagnostic(at("mail", "tls"), "mail without TLS is for loopback alone", { hint: "starttls or implicit" })
    )
  }
  if ((mail.user === undefined) !== (mail.password === undefined)) {
    problems.push(source.diagnostic(at("mail"), "user and password go together", { key: true }))
  }
  return problems
}

const settingsOf = ({ access, alerts, contact, keep, listen, public_url: publicUrl }: RawService): ServiceSettings => ({
  listen,
  contact: contact === undefined || contact === "" ? null : contact,
  publicUrl: publicUrl === undefined || publicUrl === "" ? null : new URL(publicUrl).origin,
  access: accessOf(access),
  alerts: {
    noGoodRunForHours: alerts.no_good_run_for_hours,
    credentialsEndWithinDays: alerts.credentials_end_within_days,
    webhook: secret(alerts.webhook?.url),
    mail:
      alerts.mail === undefined
        ? null
        : {
            host: alerts.mail.host,
            port: alerts.mail.port,
            tls: alerts.mail.tls,
            user: alerts.mail.user ?? null,
            password: secret(alerts.mail.password),
            from: alerts.mail.from,
            to: alerts.mail.to
          },
    deadMan: secret(alerts.dead_man?.url),
    nightBy: alerts.night_mail?.by ?? null,
    nightLanguage: alerts.night_mail?.language ?? null,
    nightTo: alerts.night_mail === undefined ? null : (alerts.night_mail.to ?? alerts.mail?.to ?? null)
  },
  keep: {
    plans: keep.plans_days ?? null,
    reads: keep.reads_days ?? null,
    history: keep.history_days ?? null,
    quarantine: keep.quarantine_days ?? null,
    logs: keep.logs_days ?? null
  }
})

const secret = (value: string | undefined): Redacted.Redacted | null =>
  value === undefined || value === "" ? null : Redacted.make(value)
