import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { OneRosterConnection } from "../settings.ts"
import {
  byRemoteId,
  type ExistingRecord,
  type FindRequest,
  type TargetDescription,
  TargetError,
  TargetReader
} from "../../../core/ports/target.ts"
import { type Gradebook, type GradebookRecord, makeGradebook } from "./client.ts"
import { fieldsOf, type GradebookKind, kindOf, spelledAsHeld } from "./records.ts"
import { remoteIdOf } from "./remote-id.ts"

/** Up to so many records of one class are asked for one by one; beyond, the class is listed. */
const askOneByOneUpTo = 5

/**
 * The read side of a gradebook, for what stands in the SIS now. `timezone` is that of the district.
 *
 * `find` knows records by their ids: `wanted` holds `remote_id`, rollbook's own, and `class` where it is known,
 * so that a class with many wanted records is listed. `class` alone asks for all that stands in the class, whoever made
 * it. Fields are those of `gradebookResources`, numbers and instants spelled as they are sent.
 */
export const gradebookReaderLayer = (
  connection: OneRosterConnection,
  timezone: string
): Layer.Layer<TargetReader, TargetError> =>
  Layer.scoped(
    TargetReader,
    Effect.map(makeGradebook(connection, timezone), (gradebook) => ({
      connection: connection.name,
      describe: Effect.succeed(description),
      find: (request) => find(gradebook, timezone, request),
      asHeld: (field, value) => spelledAsHeld(field, value, timezone),
      idOf: (entity, key) => remoteIdOf(connection.baseUrl, entity, key)
    }))
  )

/** A gradebook has neither org units nor roles. */
const description: TargetDescription = {
  versions: { oneroster: "1.1" },
  rootOrgUnitId: "",
  switchedOff: {},
  timezone: null,
  roles: [],
  orgUnitTypes: []
}

const find = Effect.fn("oneroster.find-gradebook")(function* (
  gradebook: Gradebook,
  timezone: string,
  request: FindRequest
) {
  const kind = kindOf(request.resource)
  if (kind === null) {
    return yield* new TargetError({
      reason: "Unsupported",
      connection: gradebook.connection.name,
      request: `find ${request.resource}`,
      detail: "a gradebook holds line items and results"
    })
  }
  const existing = new Map<string, ExistingRecord>()
  const note = (id: string, record: GradebookRecord): void => {
    existing.set(id, { remoteId: id, fields: fieldsOf(kind, record, timezone) })
  }
  const askEach = (ids: Iterable<string>): Effect.Effect<void, TargetError> =>
    Effect.forEach(
      ids,
      (id) =>
        Effect.map(gradebook.get(kind, id), (record) => {
          if (record !== null) note(id, record)
        }),
      { concurrency: gradebook.connection.budget.concurrency, discard: true }
    )
  yield* Effect.forEach(
    groupByClass(request),
    ([classId, wanted]) => {
      if (classId === null || (!wanted.all && wanted.ids.size <= askOneByOneUpTo)) return askEach(wanted.ids)
      return listClass({ gradebook, kind, classId, wanted, note }).pipe(
        // Not every server has the nested collections.
        Effect.catchIf(
          (error) => error.reason === "NotFound" && !wanted.all,
          () => askEach(wanted.ids)
        )
      )
    },
    { concurrency: gradebook.connection.budget.concurrency, discard: true }
  )
  return [...existing.values()]
})

interface Wanted {
  readonly ids: Set<string>
  /** Whether everything in the class is wanted. */
  all: boolean
}

const groupByClass = (request: FindRequest): ReadonlyMap<string | null, Wanted> => {
  const groups = new Map<string | null, Wanted>()
  for (const record of request.wanted) {
    const classId = record["class"] || null
    const id = record[byRemoteId] || null
    if (classId === null && id === null) continue
    const group = groups.get(classId) ?? { ids: new Set<string>(), all: false }
    if (id === null) group.all = true
    else group.ids.add(id)
    groups.set(classId, group)
  }
  return groups
}

const listClass = ({
  gradebook,
  kind,
  classId,
  wanted,
  note
}: {
  readonly gradebook: Gradebook
  readonly kind: GradebookKind
  readonly classId: string
  readonly wanted: Wanted
  readonly note: (id: string, record: GradebookRecord) => void
}): Effect.Effect<void, TargetError> =>
  Effect.map(gradebook.list(kind, classId), (records) => {
    for (const record of records) {
      const id = record["sourcedId"]
      if (typeof id === "string" && (wanted.all || wanted.ids.has(id))) note(id, record)
    }
  })
