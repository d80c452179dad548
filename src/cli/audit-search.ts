import * as Effect from "effect/Effect"
import { explainRecords, type Explanation } from "../history/explain-records.ts"
import type { Definition } from "../pipeline/definition.ts"
import { maskedExplanation, personalIn } from "./explanation.ts"
import { type Found, searchPipelines } from "./search.ts"

/** The terms of a search in the audit. */
export interface AuditSearch {
  readonly term: string
  readonly entity: string | null
  /** At most so many records per pipeline. */
  readonly limit: number
  readonly reveal: boolean
}

/** The findings in one pipeline, with names masked unless they are to be revealed. */
export interface Audited {
  readonly definition: Definition
  readonly told: Explanation
  /** Whether more records match than were asked for. */
  readonly hasMore: boolean
}

/**
 * Records that a search finds, each with all that befell it. `note` is told which records names are about to be shown of,
 * before they are.
 */
export const searchAudit = <E, R>(
  definitions: ReadonlyArray<Definition>,
  { entity, limit, reveal, term }: AuditSearch,
  note: (records: ReadonlyArray<string>) => Effect.Effect<void, E, R>
) =>
  Effect.gen(function* () {
    const found = yield* searchPipelines(definitions, () => ({
      term,
      how: "loosely",
      entities: entity === null ? null : [entity],
      limit: limit + 1
    }))
    if (reveal) yield* note(found.flatMap(({ records }) => records.map((record) => `${record.entity}:${record.key}`)))
    return yield* Effect.forEach(found, (one) => explain(one, limit, reveal))
  })

const explain = ({ definition, records }: Found, limit: number, reveal: boolean) =>
  Effect.map(explainRecords(definition, definition, records.slice(0, limit), "alone"), (explained): Audited => ({
    definition,
    told: reveal ? explained : maskedExplanation(explained, personalIn(definition)),
    hasMore: records.length > limit
  }))
