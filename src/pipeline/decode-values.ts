import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { FieldLimits } from "../core/ports/contracts.ts"
import { cleanUpWords } from "./clean-ups.ts"
import type { CleanStep, SqlText, Value } from "./definition.ts"
import type { RawValue, RawValueObject } from "./schema-values.ts"
import type { Path, SourceFile } from "./source-file.ts"

/** Turns values as they stand in a file into values of a definition; complaints go to `problems`. */
export class ValueDecoder {
  readonly source: SourceFile
  readonly problems: Array<Diagnostic>

  /** What `code_characters` keeps to: what the target takes; null where it takes every character. */
  readonly limits: Required<FieldLimits> | null

  constructor(source: SourceFile, problems: Array<Diagnostic>, limits: Required<FieldLimits> | null) {
    this.source = source
    this.problems = problems
    this.limits = limits
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
        if (this.limits === null) {
          this.problems.push(
            this.source.diagnostic(
              path,
              "the target has no field that refuses characters: there is nothing to keep to",
              {
                hint: "{ replace: { characters: …, with: … } } and { shorten: … } say what a text may hold"
              }
            )
          )
          return []
        }
        return [
          { step: "replace", characters: this.limits.forbidden, with: "_" },
          { step: "collapse_spaces" },
          { step: "trim" },
          { step: "shorten", to: this.limits.maxLength }
        ]
      default:
        this.problems.push(
          this.source.diagnostic(path, `there is no clean-up ${step}`, {
            hint: suggestion(step, cleanUpWords)
          })
        )
        return []
    }
  }
}
