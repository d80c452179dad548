import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { FieldLimits } from "../core/ports/contracts.ts"
import { cleanUpWords } from "./clean-ups.ts"
import type { CleanStep, SqlText, Value } from "./definition.ts"
import { normally, type RawValue, type RawValueObject } from "./schema-values.ts"
import type { Path, SourceFile } from "./source-file.ts"

/** The ways in which a value is made; one of them is given, beside keys that go with some. */
const valueForms = ["sql", "rule", "template", "first_of", "map", "clean", "unique", "date"] as const

const nothing = (at: SqlText["at"]): Value => ({ kind: "sql", sql: { sql: "NULL", at } })

/** Turns values as they stand in a file into values of a definition; complaints go to `problems`. */
export class ValueDecoder {
  readonly source: SourceFile
  readonly problems: Array<Diagnostic>

  /** Limits that `code_characters` keeps to: those of the target; null where it takes every character. */
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
    const forms = valueForms.filter((form) => raw[form] !== undefined)
    if (forms.length === 1) return this.form(raw, path, at)
    this.problems.push(
      this.source.diagnostic(
        path,
        forms.length > 1
          ? `one value cannot be both ${forms.join(" and ")}`
          : "this says nothing about how the value is made",
        { hint: `a value is an SQL expression or one of ${valueForms.join(", ")}` }
      )
    )
    return nothing(at)
  }

  /** A value of which exactly one form is given. */
  form({ null_hole, ...raw }: RawValueObject, path: Path, at: SqlText["at"]): Value {
    if (raw.sql !== undefined) return { kind: "sql", sql: this.sql(raw.sql, [...path, "sql"]) }
    if (raw.rule !== undefined) return { kind: "rule", rule: raw.rule, at: this.source.at([...path, "rule"]) }
    if (raw.template !== undefined) {
      const pieces = this.pieces(raw.template, [...path, "template"])
      return { kind: "template", pieces, nullHole: null_hole ?? null, at }
    }
    if (raw.first_of !== undefined) {
      const branches = raw.first_of.map((branch, index) => ({
        when: branch.when === undefined ? null : this.sql(branch.when, [...path, "first_of", index, "when"]),
        value: this.value(branch.value, [...path, "first_of", index, "value"])
      }))
      return { kind: "first_of", branches, at }
    }
    if (raw.map !== undefined) {
      const { default: otherwise, of, table, unmapped = normally.unmapped } = raw.map
      if ((unmapped === "default") !== (otherwise !== undefined))
        this.problems.push(
          this.source.diagnostic([...path, "map"], "unmapped: default and the key default go together", {
            hint: "write both, or neither: a value that is not in the table sends its record to quarantine then",
            key: true
          })
        )
      return {
        kind: "map",
        of: this.value(of, [...path, "map", "of"]),
        table: Object.entries(table),
        unmapped: unmapped === "default" ? { do: "value", value: otherwise ?? "" } : { do: unmapped },
        at
      }
    }
    if (raw.clean !== undefined) {
      const { of, steps } = raw.clean
      return {
        kind: "clean",
        of: this.value(of, [...path, "clean", "of"]),
        steps: steps.flatMap((step, index) => this.clean(step, [...path, "clean", "steps", index])),
        at
      }
    }
    if (raw.unique !== undefined) {
      const tries = raw.unique.map((one, index) => this.value(one, [...path, "unique", index]))
      return { kind: "unique", tries, at }
    }
    if (raw.date !== undefined) {
      const { as = normally.as, of, timezone = null } = raw.date
      return { kind: "date", of: this.value(of, [...path, "date", "of"]), as, timezone, at }
    }
    return nothing(at)
  }

  /** Splits `text {expression} text`; a doubled brace is a brace. */
  pieces(template: string, path: Path): Extract<Value, { kind: "template" }>["pieces"] {
    const pieces: Array<Extract<Value, { kind: "template" }>["pieces"][number]> = []
    const pattern = /\{\{|\}\}|\{((?:[^{}']|'[^']*')*)\}/g
    let last = 0
    for (const match of template.matchAll(pattern)) {
      if (match.index > last) pieces.push({ text: template.slice(last, match.index) })
      last = match.index + match[0].length
      if (match[1] === undefined) pieces.push({ text: match[0].slice(1) })
      else {
        const at = this.source.within(this.source.at(path), template, match.index + 1, match[1].length)
        pieces.push({ hole: { kind: "sql", sql: { sql: match[1], at } } })
      }
    }
    if (last < template.length) pieces.push({ text: template.slice(last) })
    const stray = pieces.find((piece) => "text" in piece && /[{}]/.test(piece.text.replaceAll(/^[{}]$/g, "")))
    if (stray !== undefined) {
      this.problems.push(
        this.source.diagnostic(path, "a brace of this template has no partner", {
          hint: "write {{ or }} for the character itself"
        })
      )
    }
    return pieces
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
