import { expect, it } from "vitest"
import { textTable } from "../../src/core/text-table.ts"

it("a cell with a line feed stays one line of the table", () => {
  expect(
    textTable(
      [
        ["Essay\nQuiz", "yes"],
        ["Poem", "no"]
      ],
      "words"
    )
  ).toEqual([String.raw`  Essay\u000aQuiz  yes`, "  Poem             no"])
})
