import { canonicalJson, sha256 } from "../core/hash.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type {
  CleanStep,
  Definition,
  EntityDefinition,
  FieldDefinition,
  GuardLimits,
  LoadEntityDefinition,
  PipelineTest,
  RejectRule,
  SqlText,
  Value
} from "./definition.ts"
import type { RawPipeline, RawValue, RawValueObject } from "./schema.ts"
import type { Path, SourceFile } from "./source-file.ts"

/** What Brightspace takes in no code of an org unit. */
const forbiddenInCodes = "\\:*?\"<>|'#,%&"

const defaultGuards: GuardLimits = {
  gone: { percent: 5, floor: 10, rows: null },
  changed: { percent: 75, floor: 50 },
  perSchool: { percent: 10, floor: 10 },
  perSection: { percent: 50, floor: 5 },
  empty: "hold"
}

/** Turns a file of the right form into a definition, names not yet resolved; complaints go to `problems`. */
export const decodePipeline = (source: SourceFile, raw: RawPipeline, problems: Array<Diagnostic>): Definition => {
  const decoder = new Decoder(source, problems)
  const entities = Object.entries(raw.transform.entities).map(([name, entity]) => decoder.entity(name, entity))
  return {
    name: raw.pipeline,
    file: source.file,
    hash: sha256(canonicalJson({ ...raw, tests: undefined, schedule: undefined })),
    timezone: raw.timezone,
    schedule:
      raw.schedule === undefined
        ? null
        : {
            cron: raw.schedule.cron,
            timezone: raw.schedule.timezone ?? raw.timezone,
            missed: raw.schedule.missed ?? "run_once"
          },
    source: raw.extract.connection,
    datasets: Object.entries(raw.extract.datasets).map(([name, dataset]) => ({
      name,
      endpoint: dataset.endpoint,
      filter: dataset.filter ?? null,
      fields: dataset.fields ?? [],
      mode: { kind: "full" },
      minRows: dataset.expect?.min_rows ?? 0,
      at: source.at(["extract", "datasets", name], true)
    })),
    rules: new Map(
      Object.entries(raw.transform.rules ?? {}).map(([name, rule]) => [
        name,
        decoder.value(rule, ["transform", "rules", name])
      ])
    ),
    entities,
    load: {
      connection: raw.load.connection,
      planExpiresAfterHours: raw.load.plan_expires_after_hours ?? 24,
      entities: Object.entries(raw.load.entities).map(([name, load]) => decoder.load(name, load, raw.load.guards ?? {}))
    },
    tests: (raw.tests ?? []).map((test, index) => decoder.test(test, index))
  }
}

class Decoder {
  readonly source: SourceFile
  readonly problems: Array<Diagnostic>

  constructor(source: SourceFile, problems: Array<Diagnostic>) {
    this.source = source
    this.problems = problems
  }

  sql(sql: string, path: Path): SqlText {
    return { sql, at: this.source.at(path) }
  }

  value(raw: RawValue, path: Path): Value {
    if (typeof raw === "string") return { kind: "sql", sql: this.sql(raw, path) }
    const at = this.source.at(path)
    const forms = (["sql", "rule", "template", "first_of", "map", "clean", "unique", "date"] as const).filter(
      (form) => raw[form] !== undefined
    )
    const form = forms[0]
    if (form === undefined || forms.length > 1) {
      this.problems.push(
        this.source.diagnostic(
          path,
          forms.length > 1
            ? `one value cannot be both ${forms.join(" and ")}`
            : "this says nothing about how the value is made",
          {
            hint: "a value is an SQL expression or one of sql, rule, template, first_of, map, clean, unique, date"
          }
        )
      )
      return { kind: "sql", sql: { sql: "NULL", at } }
    }
    return this.form(form, raw, path, at)
  }

  form(
    form: "sql" | "rule" | "template" | "first_of" | "map" | "clean" | "unique" | "date",
    raw: RawValueObject,
    path: Path,
    at: SqlText["at"]
  ): Value {
    switch (form) {
      case "sql":
        return { kind: "sql", sql: this.sql(raw.sql ?? "", [...path, "sql"]) }
      case "rule":
        return { kind: "rule", rule: raw.rule ?? "", at: this.source.at([...path, "rule"]) }
      case "template":
        return {
          kind: "template",
          parts: this.parts(raw.template ?? "", [...path, "template"]),
          nullHole: raw.null_hole ?? null,
          at
        }
      case "first_of":
        return {
          kind: "first_of",
          branches: (raw.first_of ?? []).map((branch, index) => ({
            when: branch.when === undefined ? null : this.sql(branch.when, [...path, "first_of", index, "when"]),
            value: this.value(branch.value, [...path, "first_of", index, "value"])
          })),
          at
        }
      case "map": {
        const map = raw.map
        const unmapped = map?.unmapped ?? "reject"
        return {
          kind: "map",
          of: this.value(map?.of ?? "NULL", [...path, "map", "of"]),
          table: Object.entries(map?.table ?? {}),
          unmapped:
            unmapped === "default"
              ? { do: "value", value: map?.default ?? "" }
              : { do: unmapped === "keep" ? "keep" : "reject" },
          at
        }
      }
      case "clean":
        return {
          kind: "clean",
          of: this.value(raw.clean?.of ?? "NULL", [...path, "clean", "of"]),
          steps: (raw.clean?.steps ?? []).flatMap((step, index) =>
            this.clean(step, [...path, "clean", "steps", index])
          ),
          at
        }
      case "unique":
        return {
          kind: "unique",
          tries: (raw.unique ?? []).map((one, index) => this.value(one, [...path, "unique", index])),
          at
        }
      case "date":
        return {
          kind: "date",
          of: this.value(raw.date?.of ?? "NULL", [...path, "date", "of"]),
          as: raw.date?.as === "end_of_day" ? "end_of_day" : "date",
          timezone: raw.date?.timezone ?? null,
          at
        }
    }
  }

  /** Splits `text {expression} text`; a doubled brace is a brace. */
  parts(template: string, path: Path): Extract<Value, { kind: "template" }>["parts"] {
    const parts: Array<Extract<Value, { kind: "template" }>["parts"][number]> = []
    const pattern = /\{\{|\}\}|\{((?:[^{}']|'[^']*')*)\}/g
    let last = 0
    for (const match of template.matchAll(pattern)) {
      if (match.index > last) parts.push({ text: template.slice(last, match.index) })
      last = match.index + match[0].length
      if (match[1] === undefined) parts.push({ text: match[0].slice(1) })
      else {
        const at = this.source.within(this.source.at(path), template, match.index + 1, match[1].length)
        parts.push({ hole: { kind: "sql", sql: { sql: match[1], at } } })
      }
    }
    if (last < template.length) parts.push({ text: template.slice(last) })
    const stray = parts.find((part) => "text" in part && /[{}]/.test(part.text.replaceAll(/^[{}]$/g, "")))
    if (stray !== undefined) {
      this.problems.push(
        this.source.diagnostic(path, "a brace of this template has no partner", {
          hint: "write {{ or }} for the character itself"
        })
      )
    }
    return parts
  }

  clean(
    step:
      | string
      | {
          readonly replace?: { readonly characters: string; readonly with: string } | undefined
          readonly shorten?: number | undefined
        },
    path: Path
  ): ReadonlyArray<CleanStep> {
    if (typeof step !== "string") {
      return [
        ...(step.replace === undefined ? [] : [{ step: "replace" as const, ...step.replace }]),
        ...(step.shorten === undefined ? [] : [{ step: "shorten" as const, to: step.shorten }])
      ]
    }
    switch (step) {
      case "trim":
      case "collapse_spaces":
      case "lower":
      case "upper":
        return [{ step }]
      case "code_characters":
        return [
          { step: "replace", characters: forbiddenInCodes, with: "_" },
          { step: "collapse_spaces" },
          { step: "trim" },
          { step: "shorten", to: 50 }
        ]
      default:
        this.problems.push(
          this.source.diagnostic(path, `there is no clean-up ${step}`, {
            hint: suggestion(step, ["trim", "collapse_spaces", "lower", "upper", "code_characters"])
          })
        )
        return []
    }
  }

  relation(
    text: string,
    path: Path
  ): { readonly relation: string; readonly alias: string; readonly at: SqlText["at"] } {
    const match = /^\s*([A-Za-z_]\w*)(?:\s+AS\s+([A-Za-z_]\w*))?\s*$/i.exec(text)
    if (match === null) {
      this.problems.push(this.source.diagnostic(path, `"${text}" is not of the form: relation AS alias`))
    }
    const relation = match?.[1] ?? text
    return { relation, alias: match?.[2] ?? relation, at: this.source.at(path) }
  }

  entity(name: string, raw: RawPipeline["transform"]["entities"][string]): EntityDefinition {
    const path: Path = ["transform", "entities", name]
    const rules = (list: "reject" | "warn"): ReadonlyArray<RejectRule> =>
      (raw[list] ?? []).map((rule, index) => ({
        id: rule.id,
        when: this.sql(rule.when, [...path, list, index, "when"]),
        say: rule.say
      }))
    const optional = (value: RawValue | undefined, at: Path): Value | null =>
      value === undefined ? null : this.value(value, at)
    return {
      name,
      describe: raw.describe ?? "",
      from: this.relation(raw.from, [...path, "from"]),
      joins: (raw.join ?? []).flatMap((join, index) => {
        const named = Object.entries(join).filter(([key]) => key !== "optional")
        const [relation, condition] = named[0] ?? ["", ""]
        if (named.length !== 1) {
          this.problems.push(
            this.source.diagnostic([...path, "join", index], "a join is one relation and its condition")
          )
          return []
        }
        return [
          {
            ...this.relation(relation, [...path, "join", index, relation]),
            on: this.sql(String(condition), [...path, "join", index, relation]),
            optional: join["optional"] === true
          }
        ]
      }),
      each: Object.entries(raw.each ?? {}).map(([alias, list]) => ({
        alias,
        list: this.sql(list, [...path, "each", alias])
      })),
      where: raw.where === undefined ? null : this.sql(raw.where, [...path, "where"]),
      pick:
        raw.pick === undefined
          ? null
          : {
              onePer: raw.pick.one_per.map((sql, index) => this.sql(sql, [...path, "pick", "one_per", index])),
              orderBy: (raw.pick.order_by ?? []).map((sql, index) =>
                this.sql(sql, [...path, "pick", "order_by", index])
              ),
              reject: raw.pick.reject ?? null
            },
      key: this.value(raw.key, [...path, "key"]),
      label: optional(raw.label, [...path, "label"]),
      scope: {
        school: optional(raw.scope?.school, [...path, "scope", "school"]),
        section: optional(raw.scope?.section, [...path, "scope", "section"])
      },
      fields: Object.entries(raw.fields).map(([field, value]) => this.field(field, value, [...path, "fields", field])),
      reject: rules("reject"),
      warn: rules("warn"),
      expect:
        raw.expect === undefined
          ? null
          : {
              minRows: raw.expect.min_rows,
              say: raw.expect.say,
              show: raw.expect.show === undefined ? null : this.sql(raw.expect.show, [...path, "expect", "show"]),
              showFrom: raw.expect.show_from ?? null
            },
      at: this.source.at(path, true)
    }
  }

  field(name: string, raw: RawValue, path: Path): FieldDefinition {
    const at = this.source.at(path)
    if (typeof raw === "string" || raw.ref === undefined)
      return { name, kind: "value", value: this.value(raw, path), at }
    if (raw.key === undefined) {
      this.problems.push(
        this.source.diagnostic(path, "a ref needs the key of the record it points to", {
          hint: "{ ref: course_template, key: course.sourcedId }"
        })
      )
    }
    return {
      name,
      kind: "ref",
      entities: typeof raw.ref === "string" ? [raw.ref] : raw.ref,
      key: this.value(raw.key ?? "NULL", [...path, "key"]),
      optional: raw.optional ?? false,
      at
    }
  }

  load(
    name: string,
    raw: RawPipeline["load"]["entities"][string],
    guards: NonNullable<RawPipeline["load"]["guards"]>
  ): LoadEntityDefinition {
    const path: Path = ["load", "entities", name]
    return {
      entity: name,
      resource: raw.resource,
      type: raw.type ?? null,
      matchExisting: raw.match_existing ?? [],
      matchWithin: raw.match_within ?? [],
      rekeyWhenSame: raw.rekey_when_same ?? [],
      onGone: raw.on_gone,
      keepWhen: raw.keep_when === undefined ? null : this.sql(raw.keep_when, [...path, "keep_when"]),
      removedWith: raw.removed_with ?? null,
      coveredBy: raw.covered_by ?? null,
      overwrite: new Map(Object.entries(raw.overwrite ?? {})),
      stateOnly: raw.state_only ?? [],
      required: [],
      unique: [],
      guards: limits(limits(defaultGuards, guards["defaults"]), guards[name]),
      at: this.source.at(path, true)
    }
  }

  test(raw: NonNullable<RawPipeline["tests"]>[number], index: number): PipelineTest {
    return {
      name: raw.name,
      asOf: raw.as_of ?? null,
      given: new Map(Object.entries(raw.given)),
      expect: new Map(Object.entries(raw.expect ?? {})),
      quarantine: raw.quarantine ?? null,
      warnings: raw.warnings ?? null,
      stops: raw.stops ?? null,
      at: this.source.at(["tests", index])
    }
  }
}

/** Limits with what was written over them; a key left out stays as it was. */
const limits = (
  base: GuardLimits,
  raw: NonNullable<RawPipeline["load"]["guards"]>[string] | undefined
): GuardLimits => {
  if (raw === undefined) return base
  const scope = (
    limit: { readonly percent: number; readonly floor?: number | undefined } | undefined,
    floor: number
  ) => (limit === undefined ? null : { percent: limit.percent, floor: limit.floor ?? floor })
  return {
    gone:
      raw.gone === undefined
        ? base.gone
        : { percent: raw.gone.percent, floor: raw.gone.floor ?? 10, rows: raw.gone.rows ?? null },
    changed: raw.changed === undefined ? base.changed : scope(raw.changed, 50),
    perSchool: raw.per_school === undefined ? base.perSchool : scope(raw.per_school, 10),
    perSection: raw.per_section === undefined ? base.perSection : scope(raw.per_section, 5),
    empty: raw.empty ?? base.empty
  }
}
