import { beforeAll, expect, it } from "vitest"
import { whoAsks } from "../../src/cli/asking.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { loadPipelines, type Pipelines } from "../run/grade-nights.ts"

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

it("a run of one section or session is somebody's, whether they give a name or not", () => {
  const { grades, roster } = pipelines
  expect(whoAsks(grades, "o.hernandez", wholePlan)).toBe("o.hernandez")
  expect(whoAsks(grades, null, wholePlan)).toBeNull()
  expect(whoAsks(grades, null, { ...wholePlan, schools: ["s1"] })).toBeNull()
  expect(whoAsks(grades, null, { ...wholePlan, sections: ["c1"] })).toMatch(/./)
  expect(whoAsks(grades, null, wholePlan, { ...wholePlan, sessions: ["t1"] })).toMatch(/./)
  expect(whoAsks(roster, null, { ...wholePlan, sections: ["c1"] })).toBeNull()
})
