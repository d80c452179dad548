import { literal } from "../core/sql.ts"
import { dayIn } from "../core/written-dates.ts"
import { shortened, withoutBlankEnds } from "../core/kept-text.ts"
import type { CleanStep, Definition, SqlText, Value } from "../pipeline/definition.ts"

/** A value compiled: one SQL expression, and the conditions under which the row is turned away. */
export interface CompiledValue {
  readonly sql: string
  readonly refusals: ReadonlyArray<{ readonly rule: string; readonly when: string; readonly say: string }>
}

/** Compiles a value that looks at one row. `unique` looks at all rows and is compiled by the entity. */
export const compileValue = (value: Value, definition: Definition): CompiledValue => {
  switch (value.kind) {
    case "sql":
      return { sql: parenthesised(value.sql), refusals: [] }
    case "rule": {
      const rule = definition.rules.get(value.rule)
      // `check` has refused a definition with an unknown rule; this is a defect, not an input error.
      if (rule === undefined) throw new Error(`unknown rule ${value.rule}`)
      return compileValue(rule, definition)
    }
    case "template": {
      const refusals: Array<CompiledValue["refusals"][number]> = []
      const parts = value.parts.map((part) => {
        if ("text" in part) return literal(part.text)
        const hole = compileValue(part.hole, definition)
        refusals.push(...hole.refusals)
        const text = `CAST(${hole.sql} AS VARCHAR)`
        return value.nullHole === null ? text : `coalesce(${text}, ${literal(value.nullHole)})`
      })
      return { sql: `(${parts.length === 0 ? "''" : parts.join(" || ")})`, refusals }
    }
    case "first_of": {
      const branches = value.branches.map((branch) => ({
        when: branch.when,
        made: compileValue(branch.value, definition)
      }))
      const options = branches.map(({ when, made }) =>
        when === null ? made.sql : `CASE WHEN ${parenthesised(when)} THEN ${made.sql} END`
      )
      return { sql: `coalesce(${options.join(", ")})`, refusals: branches.flatMap(({ made }) => made.refusals) }
    }
    case "map":
      return compileMap(value, compileValue(value.of, definition))
    case "clean": {
      const of = compileValue(value.of, definition)
      // What is cleaned away to nothing is nothing.
      return { sql: `nullif(${value.steps.reduce(clean, `CAST(${of.sql} AS VARCHAR)`)}, '')`, refusals: of.refusals }
    }
    case "date": {
      const of = compileValue(value.of, definition)
      const zone = literal(value.timezone ?? definition.timezone)
      // A date stays the calendar day it is, as text too; an instant is taken in the zone before its day is read.
      const text = `nullif(${withoutBlankEnds(`CAST(${of.sql} AS VARCHAR)`)}, '')`
      const day = `list_transform([${text}], lambda text: ${dayIn("text", zone)})[1]`
      const refusal = { rule: "no-date", when: `${text} IS NOT NULL AND (${day}) IS NULL`, say: "'this is no date'" }
      return {
        sql:
          value.as === "date"
            ? day
            : `strftime(timezone('UTC', timezone(${zone}, CAST(${day} AS TIMESTAMP) + INTERVAL '23 hours 59 minutes')), '%Y-%m-%dT%H:%M:%S.000Z')`,
        refusals: [...of.refusals, refusal]
      }
    }
    case "unique":
      throw new Error("a unique value stands only directly in a field")
  }
}

const compileMap = (map: Extract<Value, { kind: "map" }>, of: CompiledValue): CompiledValue => {
  const subject = `CAST(${of.sql} AS VARCHAR)`
  const branches = map.table.map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`).join(" ")
  const mapped = (otherwise: string): string =>
    branches === "" ? otherwise : `CASE ${subject} ${branches} ELSE ${otherwise} END`
  switch (map.unmapped.do) {
    case "keep":
      return { sql: mapped(subject), refusals: of.refusals }
    case "value":
      return { sql: mapped(literal(map.unmapped.value)), refusals: of.refusals }
    case "reject": {
      const known = map.table.map(([from]) => literal(from)).join(", ")
      const refusal = {
        rule: "unmapped",
        when: `${subject} ${known === "" ? "IS NOT NULL" : `NOT IN (${known})`}`,
        say: `'the table has no entry for ' || left(${subject}, 40)`
      }
      return { sql: mapped("NULL::VARCHAR"), refusals: [...of.refusals, refusal] }
    }
  }
}

/** An expression of the engineer's, set apart from what stands around it; a comment at its end must not swallow the bracket. */
export const parenthesised = (text: SqlText): string =>
  text.sql.includes("--") ? `(${text.sql.trim()}\n)` : `(${text.sql.trim()})`

const characterClass = (characters: string): string =>
  `[${[...characters].map((character) => (/[\p{L}\p{N}\s]/u.test(character) ? character : `\\${character}`)).join("")}]`

const clean = (sql: string, step: CleanStep): string => {
  switch (step.step) {
    case "trim":
      return withoutBlankEnds(sql)
    case "collapse_spaces":
      return `regexp_replace(${sql}, '[\\s\\p{Z}]+', ' ', 'g')`
    case "replace":
      return `regexp_replace(${sql}, ${literal(characterClass(step.characters))}, ${literal(step.with.replaceAll("\\", "\\\\"))}, 'g')`
    case "shorten":
      return shortened(sql, step.to)
    case "lower":
      return `lower(${sql})`
    case "upper":
      return `upper(${sql})`
  }
}
