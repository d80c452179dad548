import { execute } from "../../src/load/execute.ts"
import type { Definition } from "../../src/pipeline/definition.ts"

/** Carries out what stands in the table `step`, all of it, in the middle of a night. */
export const carryOut = (definition: Definition) =>
  execute({
    definition,
    plan: "plan-1",
    run: 2,
    extent: "everything",
    moment: () => "2026-10-01T02:00",
    onProgress: () => {}
  })
