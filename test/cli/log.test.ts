import * as Effect from "effect/Effect"
import { afterEach, expect, it, vi } from "vitest"
import { chooseLogFormat, log } from "../../src/cli/log.ts"
import { beginRun } from "../../src/state/runs.ts"
import { withWarehouse } from "../tools/definitions.ts"

afterEach(() => {
  vi.restoreAllMocks()
  chooseLogFormat([])
})

it("a line of the JSON log names the run that has begun", async () => {
  const lines: Array<string> = []
  vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0)
  chooseLogFormat(["plan", "roster", "--log-format", "json"])
  const begin = beginRun({
    kind: "plan",
    pipeline: "roster",
    plan: null,
    asOf: "2026-10-01",
    now: "2026-10-01T07:00:00.000Z"
  })
  await withWarehouse(Effect.zipRight(begin, begin))
  log("info", "Reading the source", { stage: "read" })
  expect(lines.map((line) => (JSON.parse(line) as { readonly run: number | null }).run)).toEqual([2])
})
