import { canonicalJson, sha256 } from "../core/hash.ts"
import type { WrittenPipeline } from "./schema.ts"

/** sha256 of what decides which steps a plan holds: when the pipeline runs, its tests and what is kept of reads do not. */
export const definitionHash = (raw: WrittenPipeline): string =>
  sha256(
    canonicalJson({
      ...raw,
      extract: { ...raw.extract, keep_reads: undefined, full_every: undefined },
      tests: undefined,
      schedule: undefined
    })
  )
