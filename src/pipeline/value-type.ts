import type { Definition, FieldDefinition, SqlText, Value } from "./definition.ts"

/** The engine's name for the type of NULL. */
export const untyped = '"NULL"'

/** Types of expressions as the engine names them; null for one that is wrong. */
type Types = ReadonlyMap<SqlText, string | null>

/** The type of a field's column, by those of its expressions. */
export const fieldType = (field: FieldDefinition, rules: Definition["rules"], types: Types): string =>
  field.kind === "ref" ? "VARCHAR" : valueType(field.value, rules, types)

const valueType = (value: Value, rules: Definition["rules"], types: Types): string => {
  switch (value.kind) {
    case "sql": {
      const type = types.get(value.sql)
      return type === undefined || type === null || type === untyped ? "VARCHAR" : type
    }
    case "rule": {
      const rule = rules.get(value.rule)
      return rule === undefined ? "VARCHAR" : valueType(rule, rules, types)
    }
    case "first_of": {
      const first = value.branches[0]
      return first === undefined ? "VARCHAR" : valueType(first.value, rules, types)
    }
    case "date":
      return value.as === "date" ? "DATE" : "VARCHAR"
    case "template":
    case "map":
    case "clean":
    case "unique":
      return "VARCHAR"
  }
}
