import { expect, it } from "vitest"
import { spreadOf } from "./measure.ts"

it("gives the median with the middle half and the ends, of an even count between the two in the middle", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ least: 1, quarter: 1.5, median: 2, threeQuarters: 2.5, most: 3 })
  expect(spreadOf([4, 1, 3, 2])).toMatchObject({ least: 1, median: 2.5, most: 4 })
  expect(spreadOf([7])).toEqual({ least: 7, quarter: 7, median: 7, threeQuarters: 7, most: 7 })
})
