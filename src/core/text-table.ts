import Table from "cli-table3"
import { inOneLine } from "./visible.ts"

/** Rows as aligned columns without borders, two spaces in front; the first column to the left, the others to the right unless said otherwise. */
export const textTable = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  alignment: "numbers" | "words" = "numbers"
): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const none = ""
  const table = new Table({
    chars: {
      top: none,
      "top-mid": none,
      "top-left": none,
      "top-right": none,
      bottom: none,
      "bottom-mid": none,
      "bottom-left": none,
      "bottom-right": none,
      left: "  ",
      "left-mid": none,
      mid: none,
      "mid-mid": none,
      right: none,
      "right-mid": none,
      middle: "  "
    },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: (rows[0] ?? []).map((_, column) => (column === 0 || alignment === "words" ? "left" : "right"))
  })
  for (const row of rows) table.push(row.map(inOneLine))
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
}
