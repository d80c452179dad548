import { expect, it } from "vitest"
import { onlyPeople, people, walkThrough } from "./walking.ts"

it("leaves the steps of a section that others export meanwhile, though they were read before", async () => {
  const keys = people(900)
  const theirs = keys.slice(600, 700)
  const { execution, sent } = await walkThrough(await onlyPeople(), keys, {
    lies: () => false,
    isProven: true,
    others: { after: 50, keys: theirs }
  })
  expect(execution).toMatchObject({ done: 800, failed: 0, notReached: 0, exportedMeanwhile: 100 })
  expect(sent.toSorted()).toEqual(keys.filter((key) => !theirs.includes(key)))
})
