import type { ComponentChildren, VNode } from "preact"
import { number } from "../../core/number.ts"

/** A cell is text or a count, or something of its own. */
export type Cell = string | number | VNode

export interface TableRow {
  readonly cells: ReadonlyArray<Cell>
  /** SIS ids by which the page's filters find the row. */
  readonly school?: string | null
  readonly section?: string | null
}

/** A table that scrolls by itself where it is too wide, by keyboard as well. Counts stand to the right. */
export const DataTable = (given: {
  readonly caption: string
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<TableRow>
  /** Whether the filters of the page act on it. */
  readonly filtered?: boolean
}) => (
  <div class="scroll" role="region" tabIndex={0} aria-label={given.caption}>
    <table {...(given.filtered === true ? { "data-filtered": "" } : {})}>
      <caption>{given.caption}</caption>
      <thead>
        <tr>
          {given.head.map((name, column) => (
            <th scope="col" class={given.rows.every((row) => isCount(row.cells[column])) ? "count" : ""}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {given.rows.map(({ cells, school, section }) => (
          <tr {...place("school", school)} {...place("section", section)}>
            {cells.map((cell, column) =>
              column === 0 ? (
                <th scope="row">{content(cell)}</th>
              ) : (
                <td class={isCount(cell) ? "count" : sentenceColumns.has(given.head[column] ?? "") ? "sentence" : ""}>
                  {content(cell)}
                </td>
              )
            )}
          </tr>
        ))}
      </tbody>
      {given.filtered === true ? (
        <tfoot hidden>
          <tr>
            <td colSpan={given.head.length}>None of those listed here matches.</td>
          </tr>
        </tfoot>
      ) : null}
    </table>
  </div>
)

/** Columns that hold sentences, which need room for several words a line on any screen. */
const sentenceColumns: ReadonlySet<string> = new Set(["why", "what"])

const isCount = (cell: Cell | undefined): boolean => typeof cell === "number"

const content = (cell: Cell): ComponentChildren => (typeof cell === "number" ? number(cell) : cell)

const place = (of: "school" | "section", id: string | null | undefined): Readonly<Record<string, string>> =>
  id === undefined ? {} : { [`data-${of}`]: id ?? "" }

/** Says that there is more than what a table shows. */
export const Rest = (given: { readonly all: number; readonly shown: number; readonly what: string }) =>
  given.all > given.shown ? (
    <p class="rest">
      and {number(given.all - given.shown)} more {given.what}
    </p>
  ) : null
