import * as fc from "fast-check"
import { expect, it } from "vitest"
import { inOneLine, visible } from "../../src/core/visible.ts"

it("shows what would steer a terminal or turn the direction of writing", () => {
  expect(visible("a\u001b[31mred\r\u0007\u007f")).toBe("a\\u001b[31mred\\u000d\\u0007\\u007f")
  expect(visible("\u009b31m \u202egnp.exe \u2066x\u2069")).toBe("\\u009b31m \\u202egnp.exe \\u2066x\\u2069")
})

it("leaves lines, tabs, and names in any script", () => {
  const text = "Zoë Đặng\tשרה\n李 😀"
  expect(visible(text)).toBe(text)
})

it("lets nothing end a line of a report", () => {
  expect(inOneLine("English 9\r\n- unenroll\t\u202eb")).toBe(String.raw`English 9\u000d\u000a- unenroll${"\t"}\u202eb`)
})

it("means the same in JSON", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(JSON.parse(visible(JSON.stringify(text, null, 2)))).toBe(text)
    })
  )
})
