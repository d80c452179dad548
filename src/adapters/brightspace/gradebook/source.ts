import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BrightspaceConnection } from "../settings.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  type ReadScope,
  Source,
  SourceError
} from "../../../core/ports/source.ts"
import type { TargetError } from "../../../core/ports/target.ts"
import { makeTenant, type Tenant } from "../client.ts"
import { dataSetsOf } from "../data-sets/listings.ts"
import { diskError, toSourceError } from "../source-error.ts"
import { gradebookCollections } from "./contracts.ts"
import { type Items, makeItems } from "./items.ts"
import { type PartReader, partReader } from "./read-course.ts"
import { type GradebookRow, makeRowFiles } from "./row-files.ts"

/**
 * The read side of the gradebooks of a tenant, part by part: `scopes` names the org units of courses, or single records
 * of theirs. `timezone` is that of the district: the hours of the budget are told in it.
 *
 * Nothing in an answer says that a grade object or a value was deleted: it is absent, and only a read without `since`
 * shows that. An exemption may not move the time of modification, so exemptions are always read whole.
 */
export const gradebookSourceLayer = (
  connection: BrightspaceConnection,
  timezone: string
): Layer.Layer<Source, SourceError> =>
  Layer.scoped(
    Source,
    makeTenant(forGradebooks(connection), timezone).pipe(
      Effect.mapError(toSourceError),
      Effect.map((tenant) => {
        const items = makeItems(tenant)
        const { dataSets } = connection
        return {
          connection: connection.name,
          contracts: gradebookCollections,
          read: (request: CollectionRequest) => read(tenant, items, request),
          ...(dataSets === undefined
            ? {}
            : { listed: { listings: dataSetsOf(tenant), askAfterHours: dataSets.scores.askAfterHours } }),
          requestsSent: tenant.requestsSent
        }
      })
    )
  )

/** Grades are of the product `le`; guardians are of no concern here, and their product need not be there. */
const forGradebooks = (connection: BrightspaceConnection): BrightspaceConnection => ({
  ...connection,
  versions: { le: lowestVersion, ...connection.versions },
  relationships: { ...connection.relationships, route: "off" }
})

const lowestVersion = "1.82"

/** So many courses in a row of which a part could not be read say that the cause is not theirs. */
const mostCoursesInARow = 50

/** So many records that a course refuses, and not one that it tells, say that it tells none: its others are not asked for. */
const refusalsUntilSilent = 5

/**
 * Reads one collection in every part of the request, side by side. A part that cannot be read (403, 404, an error of the
 * tenant's own after retries) is named in `unread` and in a warning, and the others go on. Errors: what concerns the
 * connection and not a part, and a refusal where every part refuses, or parts of so many courses in a row. Of a course
 * that refuses the first of its records the others are not asked for: they are unread as well. So is what is left when
 * the minutes are over. Of records only those are
 * asked for that are due, and these may be the very ones that are refused: that is an error where none was ever read.
 */
const read = Effect.fn("brightspace.read-gradebook")(function* (
  tenant: Tenant,
  items: Items,
  request: CollectionRequest
) {
  const reader = partReader(tenant, items, request.endpoint)
  if (reader === null || request.scopes === undefined) {
    return yield* new SourceError({
      reason: "Refused",
      connection: tenant.connection.name,
      request: request.endpoint,
      ...(reader === null
        ? {
            detail: "a gradebook has no such collection",
            hint: `Known: ${[...gradebookCollections.keys()].join(", ")}`
          }
        : { detail: "gradebooks are read part by part, and no parts were named" })
    })
  }
  const files = makeRowFiles(request.directory)
  const unread = new Map<string, TargetError>()
  const sentBefore = tenant.requestsSent()
  let rowsRead = 0
  const inARow = new Set<string>()
  const unasked: Array<string> = []
  const late: Array<string> = []
  const begun = yield* Clock.currentTimeMillis
  const isOver = Effect.map(
    Clock.currentTimeMillis,
    (now) => request.minutes != null && now - begun >= request.minutes * 60_000
  )
  const courses = new Map<string, { refusals: number; answers: number }>()
  const onDisk = <A>(written: Effect.Effect<A, string>): Effect.Effect<A, SourceError> =>
    Effect.mapError(written, (detail) => diskError(tenant.connection.name, request.endpoint, detail))

  const mayWait = reader.of === "record" && request.wasReadBefore === true
  const keep = Effect.fnUntraced(function* (rows: ReadonlyArray<GradebookRow>) {
    yield* onDisk(files.add(rows))
    rowsRead += rows.length
    request.onProgress(rowsRead, null)
  })
  const readOne = Effect.fnUntraced(function* (scope: ReadScope) {
    const [courseId = ""] = scope.id.split("/")
    const course = courses.get(courseId) ?? { refusals: 0, answers: 0 }
    courses.set(courseId, course)
    if (yield* isOver) {
      late.push(scope.id)
      return
    }
    if (course.answers === 0 && course.refusals >= refusalsUntilSilent) {
      unasked.push(scope.id)
      return
    }
    const part = yield* Effect.either(reader.read(scope))
    if (part._tag === "Right") {
      course.answers++
      inARow.clear()
      return yield* keep(part.right)
    }
    course.refusals++
    if (reader.untold !== undefined && isRefusal(part.left)) return yield* keep([reader.untold(scope.id)])
    if (!(mayWait && isRefusal(part.left))) inARow.add(courseId)
    if (!concernsOnePart(part.left) || inARow.size >= mostCoursesInARow) return yield* toSourceError(part.left)
    unread.set(scope.id, part.left)
  })
  const scopes = yield* utcScopes(tenant, request, request.scopes, reader.of)
  yield* Effect.forEach(scopes, readOne, { concurrency: tenant.connection.budget.concurrency, discard: true })
  const [refusal] = unread.values()
  const isNothingRead = unread.size + unasked.length === scopes.length
  if (refusal !== undefined && isNothingRead && !mayWait) return yield* toSourceError(refusal)

  const written = yield* onDisk(files.finish)
  const pages: CollectionPages = {
    files: written,
    unread: [...unread.keys(), ...unasked, ...late],
    late,
    proof: {
      dataset: request.dataset,
      endpoint: request.endpoint,
      mode: request.endpoint === "/gradebook/values" && scopes.some(({ since }) => since !== null) ? "delta" : "full",
      requests: tenant.requestsSent() - sentBefore,
      pages: written.length,
      rowsRead,
      totalAtStart: null,
      totalAtEnd: null,
      // A part that was not read stays as it was, and is no reason to doubt the others.
      endRecognisedBy: "whole_collection",
      sortedByKey: false,
      warnings: warningsOf(request, unread, unasked.length, late.length)
    }
  }
  return pages
})

/** Each part once, with its mark as the tenant spells instants. */
const utcScopes = Effect.fnUntraced(function* (
  tenant: Tenant,
  request: CollectionRequest,
  scopes: ReadonlyArray<ReadScope>,
  of: PartReader["of"]
) {
  const form = of === "course" ? /^\d+$/ : /^\d+\/\d+$/
  const byId = new Map<string, ReadScope>()
  for (const { id, since } of scopes) {
    const milliseconds = since === null ? null : Date.parse(since)
    if (!form.test(id) || Number.isNaN(milliseconds)) {
      return yield* new SourceError({
        reason: "Refused",
        connection: tenant.connection.name,
        request: request.endpoint,
        detail: `part ${id.slice(0, 40)}: ${Number.isNaN(milliseconds) ? "its mark is not an instant" : of === "course" ? "this is no id of an org unit" : "this is no id of a record in a course"}`
      })
    }
    byId.set(id, { id, since: milliseconds === null ? null : new Date(milliseconds).toISOString() })
  }
  return [...byId.values()]
})

const warningsOf = (
  request: CollectionRequest,
  unread: ReadonlyMap<string, TargetError>,
  unasked: number,
  late: number
): ReadonlyArray<string> => [
  ...[...unread].slice(0, mostWarnings).map(([id, error]) => `part ${id} was not read: ${error.message}`),
  ...(unread.size > mostWarnings ? [`and ${unread.size - mostWarnings} more parts were not read`] : []),
  ...(unasked > 0 ? [`${unasked} parts were not asked for: their courses told nothing of the first ones`] : []),
  ...(late > 0 ? [`${late} parts were not asked for: the ${request.minutes} minutes for them were over`] : []),
  ...(request.filter === null ? [] : ["Brightspace knows no filters: all rows were read"])
]

const mostWarnings = 20

/** Whether the tenant will not tell, or has no such record any more. */
const isRefusal = ({ reason }: TargetError): boolean => reason === "Forbidden" || reason === "NotFound"

/** Whether another part may well be read after this one was refused. */
const concernsOnePart = ({ reason }: TargetError): boolean => {
  switch (reason) {
    case "Forbidden":
    case "NotFound":
    case "Malformed":
    case "AnswerLost":
    case "Invalid":
    case "Conflict":
    case "Unsupported":
    case "Unknown":
      return true
    case "Unauthorized":
    case "Throttled":
    case "Unreachable":
    case "Misconfigured":
      return false
  }
}
