import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BrightspaceConnection } from "../../../ports/connections.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  type ReadScope,
  Source,
  SourceError,
  type SourceErrorReason
} from "../../../ports/source.ts"
import type { TargetError, TargetErrorReason } from "../../../ports/target.ts"
import { makeTenant, type Tenant } from "../client.ts"
import { gradebookCollections } from "./contracts.ts"
import { type Items, makeItems } from "./items.ts"
import { courseReader } from "./read-course.ts"
import { makeRowFiles } from "./row-files.ts"

/**
 * The read side of the gradebooks of a tenant, course by course: `scopes` names the org units of the courses. `timezone`
 * is that of the district: the hours of the budget are told in it.
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
        return {
          connection: connection.name,
          contracts: gradebookCollections,
          read: (request: CollectionRequest) => read(tenant, items, request),
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

const mostUnreadInARow = 50

/**
 * Reads one collection in every course of the request, side by side. A course that cannot be read (403, 404, an error of
 * the tenant's own after retries) leaves no rows and a warning with its id, and the others go on; the read is then not
 * proven whole. Errors: what concerns the connection and not a course, and a refusal where every course refuses, or so many
 * in a row that the cause is not theirs.
 */
const read = Effect.fn("brightspace.read-gradebook")(function* (
  tenant: Tenant,
  items: Items,
  request: CollectionRequest
) {
  const readCourse = courseReader(tenant, items, request.endpoint)
  if (readCourse === null || request.scopes === undefined) {
    return yield* new SourceError({
      reason: "Refused",
      connection: tenant.connection.name,
      request: request.endpoint,
      ...(readCourse === null
        ? {
            detail: "a gradebook has no such collection",
            hint: `Known: ${[...gradebookCollections.keys()].join(", ")}`
          }
        : { detail: "gradebooks are read course by course, and no courses were named" })
    })
  }
  const files = makeRowFiles(request.directory, "rows")
  const unread = new Map<string, TargetError>()
  const untold: Array<string> = []
  const sentBefore = tenant.requestsSent()
  let rowsRead = 0
  let inARow = 0
  const onDisk = <A>(written: Effect.Effect<A, string>): Effect.Effect<A, SourceError> =>
    Effect.mapError(written, (detail) => diskError(tenant, request, detail))

  const readOne = Effect.fnUntraced(function* (scope: ReadScope) {
    const course = yield* Effect.either(readCourse(scope))
    if (course._tag === "Left") {
      inARow++
      if (!concernsOneCourse(course.left) || inARow >= mostUnreadInARow) return yield* toSourceError(course.left)
      unread.set(scope.id, course.left)
      return
    }
    inARow = 0
    if (!course.right.tellsSis) untold.push(scope.id)
    yield* onDisk(files.add(course.right.rows))
    rowsRead += course.right.rows.length
    request.onProgress(rowsRead, null)
  })
  const scopes = yield* utcScopes(tenant, request, request.scopes)
  yield* Effect.forEach(scopes, readOne, { concurrency: tenant.connection.budget.concurrency, discard: true })
  const [refusal] = unread.values()
  if (refusal !== undefined && unread.size === scopes.length) return yield* toSourceError(refusal)

  const written = yield* onDisk(files.finish)
  const pages: CollectionPages = {
    files: written,
    proof: {
      dataset: request.dataset,
      endpoint: request.endpoint,
      mode: request.endpoint === "/gradebook/values" && scopes.some(({ since }) => since !== null) ? "delta" : "full",
      requests: tenant.requestsSent() - sentBefore,
      pages: written.length,
      rowsRead,
      totalAtStart: null,
      totalAtEnd: null,
      endRecognisedBy: unread.size === 0 ? "whole_collection" : "unproven",
      sortedByKey: false,
      warnings: warningsOf(request, unread, untold)
    }
  }
  return pages
})

/** Each course once, with its mark as the tenant spells instants. */
const utcScopes = Effect.fnUntraced(function* (
  tenant: Tenant,
  request: CollectionRequest,
  scopes: ReadonlyArray<ReadScope>
) {
  const byId = new Map<string, ReadScope>()
  for (const { id, since } of scopes) {
    const milliseconds = since === null ? null : Date.parse(since)
    if (!/^\d+$/.test(id) || Number.isNaN(milliseconds)) {
      return yield* new SourceError({
        reason: "Refused",
        connection: tenant.connection.name,
        request: request.endpoint,
        detail: `course ${id.slice(0, 40)}: ${Number.isNaN(milliseconds) ? "its mark is not an instant" : "this is no id of an org unit"}`
      })
    }
    byId.set(id, { id, since: milliseconds === null ? null : new Date(milliseconds).toISOString() })
  }
  return [...byId.values()]
})

const warningsOf = (
  request: CollectionRequest,
  unread: ReadonlyMap<string, TargetError>,
  untold: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const warnings = [...unread].map(([id, error]) => `course ${id} was not read: ${error.message}`)
  if (untold.length > 0) {
    const what = request.endpoint === "/gradebook/items" ? "academic session of items" : "SIS flag of categories"
    warnings.push(
      `the tenant does not tell the ${what} in ${untold.length} courses (${listed(untold)}): other rules must decide there`
    )
  }
  if (request.filter !== null) warnings.push("Brightspace knows no filters: all rows were read")
  return warnings
}

const listed = (ids: ReadonlyArray<string>): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ")

/** Whether another course may well be read after this one was refused. */
const concernsOneCourse = ({ reason }: TargetError): boolean => {
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

const reasons: Readonly<Record<TargetErrorReason, SourceErrorReason>> = {
  Unauthorized: "Unauthorized",
  Forbidden: "Forbidden",
  NotFound: "NotFound",
  Throttled: "Throttled",
  Unreachable: "Unreachable",
  AnswerLost: "Unreachable",
  Malformed: "Malformed",
  Invalid: "Refused",
  Conflict: "Refused",
  Unsupported: "Refused",
  Misconfigured: "Refused",
  Unknown: "Unknown"
}

const toSourceError = ({ reason, connection, request, detail, hint, status }: TargetError): SourceError =>
  new SourceError({
    reason: reasons[reason],
    connection,
    request,
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status })
  })

const diskError = (tenant: Tenant, request: CollectionRequest, detail: string): SourceError =>
  new SourceError({
    reason: "Unknown",
    connection: tenant.connection.name,
    request: request.endpoint,
    detail,
    hint: "Look at the disk of the workspace"
  })
