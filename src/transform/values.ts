import { joined, oneOf, type Sql, sql, written } from "../core/sql.ts"
import { dayIn } from "../core/written-dates.ts"
import { shortened, withoutBlankEnds } from "../core/kept-text.ts"
import type { CleanStep, Definition, Value } from "../pipeline/definition.ts"
import { toldInSql } from "../core/told.ts"

/** A value compiled: one SQL expression, and the conditions under which the row is turned away. */
export interface CompiledValue {
  readonly sql: Sql
  readonly refusals: ReadonlyArray<{ readonly rule: string; readonly when: Sql; readonly say: Sql }>
}

/** Compiles a value that looks at one row. `unique` looks at all rows and is compiled by the entity. */
export const compileValue = (value: Value, definition: Definition): CompiledValue => {
  switch (value.kind) {
    case "sql":
      return { sql: written(value.sql), refusals: [] }
    case "rule": {
      const rule = definition.rules.get(value.rule)
      // `check` has refused a definition with an unknown rule; this is a defect, not an input error.
      if (rule === undefined) throw new Error(`unknown rule ${value.rule}`)
      return compileValue(rule, definition)
    }
    case "template": {
      const refusals: Array<CompiledValue["refusals"][number]> = []
      const pieces = value.pieces.map((piece) => {
        if ("text" in piece) return sql`${piece.text}`
        const hole = compileValue(piece.hole, definition)
        refusals.push(...hole.refusals)
        const text = sql`CAST(${hole.sql} AS VARCHAR)`
        return value.nullHole === null ? text : sql`coalesce(${text}, ${value.nullHole})`
      })
      return { sql: sql`(${joined(pieces, " || ", sql`''`)})`, refusals }
    }
    case "first_of": {
      const branches = value.branches.map((branch) => ({
        when: branch.when,
        made: compileValue(branch.value, definition)
      }))
      const options = branches.map(({ when, made }) =>
        when === null ? made.sql : sql`CASE WHEN ${written(when)} THEN ${made.sql} END`
      )
      return { sql: sql`coalesce(${joined(options, ", ")})`, refusals: branches.flatMap(({ made }) => made.refusals) }
    }
    case "map":
      return compileMap(value, compileValue(value.of, definition))
    case "clean": {
      const of = compileValue(value.of, definition)
      // A text of which cleaning leaves nothing is null.
      return {
        sql: sql`nullif(${value.steps.reduce(clean, sql`CAST(${of.sql} AS VARCHAR)`)}, '')`,
        refusals: of.refusals
      }
    }
    case "date": {
      const of = compileValue(value.of, definition)
      const zone = value.timezone ?? definition.timezone
      // A date stays the calendar day it is, as text too; an instant is taken in the zone before its day is read.
      const text = sql`nullif(${withoutBlankEnds(sql`CAST(${of.sql} AS VARCHAR)`)}, '')`
      const day = sql`list_transform([${text}], lambda text: ${dayIn(sql`text`, zone)})[1]`
      const refusal = {
        rule: "no-date",
        when: sql`${text} IS NOT NULL AND (${day}) IS NULL`,
        say: toldInSql("record.no-date", {})
      }
      return {
        sql:
          value.as === "date"
            ? day
            : sql`strftime(timezone('UTC', timezone(${zone}, CAST(${day} AS TIMESTAMP) + INTERVAL '23 hours 59 minutes')), '%Y-%m-%dT%H:%M:%S.000Z')`,
        refusals: [...of.refusals, refusal]
      }
    }
    case "unique":
      throw new Error("a unique value stands only directly in a field")
  }
}

const compileMap = (map: Extract<Value, { kind: "map" }>, of: CompiledValue): CompiledValue => {
  const subject = sql`CAST(${of.sql} AS VARCHAR)`
  const branches = joined(
    map.table.map(([from, to]) => sql`WHEN ${from} THEN ${to}`),
    " "
  )
  const mapped = (otherwise: Sql): Sql =>
    map.table.length === 0 ? otherwise : sql`CASE ${subject} ${branches} ELSE ${otherwise} END`
  switch (map.unmapped.do) {
    case "keep":
      return { sql: mapped(subject), refusals: of.refusals }
    case "value":
      return { sql: mapped(sql`${map.unmapped.value}`), refusals: of.refusals }
    case "reject": {
      const known = map.table.map(([from]) => from)
      const refusal = {
        rule: "unmapped",
        when: known.length === 0 ? sql`${subject} IS NOT NULL` : sql`${subject} NOT IN (${oneOf(known)})`,
        say: toldInSql("record.no-entry", { value: sql`left(${subject}, 40)` })
      }
      return { sql: mapped(sql`NULL::VARCHAR`), refusals: [...of.refusals, refusal] }
    }
  }
}

const characterClass = (characters: string): string =>
  `[${[...characters].map((character) => (/[\p{L}\p{N}\s]/u.test(character) ? character : `\\${character}`)).join("")}]`

const clean = (text: Sql, step: CleanStep): Sql => {
  switch (step.step) {
    case "trim":
      return withoutBlankEnds(text)
    case "collapse_spaces":
      return sql`regexp_replace(${text}, '[\\s\\p{Z}]+', ' ', 'g')`
    case "replace":
      return sql`regexp_replace(${text}, ${characterClass(step.characters)}, ${step.with.replaceAll("\\", "\\\\")}, 'g')`
    case "shorten":
      return shortened(text, step.to)
    case "lower":
      return sql`lower(${text})`
    case "upper":
      return sql`upper(${text})`
  }
}
