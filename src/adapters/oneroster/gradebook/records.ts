import { wireInstant, wireNumber } from "./values.ts"
import { tell } from "../../../core/told.ts"

/** The two kinds of record of a gradebook that rollbook writes, by OneRoster's name. */
export type GradebookKind = "lineItem" | "result"

export type Fields = Readonly<Record<string, string | null>>

export const kindOf = (resource: string): GradebookKind | null =>
  resource === "line_item" ? "lineItem" : resource === "result" ? "result" : null

/** A body ready to be sent, or in words what is wrong with the fields. Words name fields and never values. */
export type Body = { readonly json: string } | { readonly refused: string }

/**
 * The body of a PUT, as Infinite Campus's own tester sends it: references by sourcedId alone, full dateTimes, neither
 * category nor status nor its own id.
 */
export const bodyOf = (kind: GradebookKind, fields: Fields, timezone: string): Body => {
  const problems: Array<string> = []
  const given = (field: string): string | null => fields[field] || null
  const need = <A>(field: string, read: (value: string) => A | null, kindOfValue: string): A | null => {
    const value = given(field)
    const made = value === null ? null : read(value)
    if (value === null) problems.push(tell("record.missing-column", { field }))
    else if (made === null) problems.push(`${field} is no ${kindOfValue}`)
    return made
  }
  const text = (field: string): string | null => need(field, (value) => value, "text")
  const number = (field: string): number | null => need(field, wireNumber, "number that can be sent")
  const instant = (field: string): string | null => need(field, (value) => wireInstant(value, timezone), "date")
  const reference = (field: string): { readonly sourcedId: string | null } => ({ sourcedId: text(field) })
  const unlessEmpty = (field: string, name: string): Record<string, unknown> =>
    given(field) === null ? {} : { [name]: given(field) }

  const lineItem = (): Record<string, unknown> => ({
    title: text("title"),
    ...unlessEmpty("description", "description"),
    assignDate: instant("assign_date"),
    dueDate: instant("due_date"),
    resultValueMin: given("result_value_min") === null ? 0 : number("result_value_min"),
    resultValueMax: number("result_value_max"),
    class: reference("class"),
    ...(given("grading_period") === null ? {} : { gradingPeriod: reference("grading_period") })
  })
  const result = (): Record<string, unknown> => {
    const status = given("score_status")
    if (status !== null && !scoreStatuses.has(status))
      problems.push(tell("record.none-of", { field: "score_status", values: "OneRoster's" }))
    if (status?.endsWith(" graded") === true && given("score") === null) problems.push("a graded result needs a score")
    return {
      ...(given("score") === null ? {} : { score: number("score") }),
      scoreStatus: text("score_status"),
      scoreDate: instant("score_date"),
      ...unlessEmpty("comment", "comment"),
      lineItem: reference("line_item"),
      student: reference("student")
    }
  }
  const body = { [kind]: kind === "lineItem" ? lineItem() : result() }
  return problems.length === 0 ? { json: JSON.stringify(body) } : { refused: problems.join(", ") }
}

/** The closed vocabulary of OneRoster 1.1; its values contain spaces. */
const scoreStatuses = new Set(["exempt", "fully graded", "not submitted", "partially graded", "submitted"])

/** A record of the SIS by the names of the resource contract, numbers and instants spelled as rollbook sends them. */
export const fieldsOf = (kind: GradebookKind, record: Readonly<Record<string, unknown>>, timezone: string): Fields => {
  const text = (name: string): string | null => textOf(record[name])
  const spelled = (name: string, read: (value: string) => string | number | null): string | null => {
    const value = text(name)
    return value === null ? null : String(read(value) ?? value)
  }
  const number = (name: string): string | null => spelled(name, wireNumber)
  const instant = (name: string): string | null => spelled(name, (value) => wireInstant(value, timezone))
  return kind === "lineItem"
    ? {
        title: text("title"),
        description: text("description"),
        assign_date: instant("assignDate"),
        due_date: instant("dueDate"),
        class: text("class"),
        grading_period: text("gradingPeriod"),
        result_value_max: number("resultValueMax"),
        result_value_min: number("resultValueMin")
      }
    : {
        line_item: text("lineItem"),
        student: text("student"),
        score: number("score"),
        score_status: text("scoreStatus"),
        score_date: instant("scoreDate"),
        comment: text("comment")
      }
}

/** Fields of a step spelled as `fieldsOf` spells those of the SIS, so that the two can be compared. */
export const spelledAsHeld = (field: string, value: string | null, timezone: string): string | null => {
  if (value === null || value === "") return null
  if (field.endsWith("_date")) return wireInstant(value, timezone) ?? value
  return field === "score" || field.startsWith("result_value") ? String(wireNumber(value) ?? value) : value
}

/** References come as `{sourcedId}` or as the bare id, numbers as numbers or as text; "" is nothing. */
const textOf = (value: unknown): string | null => {
  if (value !== null && typeof value === "object") {
    return textOf((value as { readonly sourcedId?: unknown }).sourcedId ?? null)
  }
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : null
}
