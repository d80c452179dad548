import { suggestion } from "../core/nearest.ts"

/** The names that an expression may use. */
interface Reach {
  /** Columns by relation. */
  readonly columns: ReadonlyMap<string, ReadonlyArray<string>>
  /** Names in reach, to the relations they stand for. */
  readonly reach: ReadonlyMap<string, string>
}

/**
 * An error of the engine in our words, with the nearest thing that there is. `prefixLength` characters of the statement stood
 * before the expression; the offset is null where the engine names no place.
 */
export const engineWords = (
  sql: string,
  error: unknown,
  prefixLength: number,
  { columns, reach }: Reach
): { readonly message: string; readonly hint: string; readonly offset: number | null } => {
  const message = error instanceof Error ? error.message : String(error)
  const at = message.indexOf("{")
  if (at < 0) return { message: message.split("\n", 1)[0] ?? message, hint: "", offset: null }
  const detail = JSON.parse(message.slice(at)) as { readonly exception_message: string; readonly position?: string }
  const offset = detail.position === undefined ? null : Number(detail.position) - prefixLength
  const text = (detail.exception_message.split("\n", 1)[0] ?? "").replace(/!$/, "")
  const [, table, column] = /^(?:Table|Values list) "(.*)" does not have a column named "(.*)"$/.exec(text) ?? []
  if (table !== undefined && column !== undefined) {
    const dot = offset === null ? 0 : (/^[\w"]+\./.exec(sql.slice(offset))?.[0].length ?? 0)
    const known = columns.get(reach.get(table) ?? table) ?? []
    return {
      message: `${table} has no column ${column}`,
      hint: suggestion(column, known),
      offset: offset === null ? null : offset + dot
    }
  }
  const [, missing] = /^Referenced table "(.*)" not found$/.exec(text) ?? []
  if (missing !== undefined)
    return { message: `${missing} is not in reach here`, hint: suggestion(missing, reach.keys()), offset }
  const [, bare] = /^Referenced column "(.*)" (?:not found|was not found)/.exec(text) ?? []
  if (bare !== undefined) {
    const known = [...reach.values()].flatMap((relation) => columns.get(relation) ?? [])
    return { message: `there is no column ${bare} in reach`, hint: suggestion(bare, new Set(known)), offset }
  }
  return { message: text, hint: "", offset }
}
