import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { OneRosterConnection } from "../settings.ts"
import {
  TargetError,
  type TargetErrorReason,
  TargetWriter,
  type WriteResult,
  type WriteStep
} from "../../../core/ports/target.ts"
import { type Gradebook, makeGradebook } from "./client.ts"
import { bodyOf, type Fields, fieldsOf, type GradebookKind, kindOf, spelledAsHeld } from "./records.ts"
import { remoteIdOf } from "./remote-id.ts"

export interface GradebookWriterOptions {
  /**
   * Which new line items are asked for again after they were sent: `first`, until one was found as sent; for servers that
   * answer 200 and change nothing.
   */
  readonly readBack: "first" | "never" | "always"
}

/**
 * The write side of a gradebook. `timezone` is that of the district: bare dates are days in it. A record is created or
 * replaced whole, at an id that follows from its key; doing so twice leaves the same.
 * Nothing is ever removed, and what rollbook did not make is not touched.
 */
export const gradebookWriterLayer = (
  connection: OneRosterConnection,
  timezone: string,
  options: GradebookWriterOptions = { readBack: "first" }
): Layer.Layer<TargetWriter, TargetError> =>
  Layer.scoped(
    TargetWriter,
    Effect.map(makeGradebook(connection, timezone), (gradebook) => {
      const perform = performer(gradebook, timezone, options)
      return {
        connection: connection.name,
        concurrency: connection.budget.concurrency,
        perform,
        // The sending whose answer was lost may have made what this one finds.
        reconcile: (step) =>
          Effect.map(perform(step), (result) =>
            step.resource === "line_item" && step.action !== "create" ? { ...result, madeAnew: true } : result
          ),
        stands: (step, id) => standsAt(gradebook, timezone, step, id),
        idOf: (step) => remoteIdOf(connection.baseUrl, step.entity, step.key),
        requestsSent: gradebook.requestsSent
      }
    })
  )

/** Reasons of a request to which the server gave no answer of its own. */
const unanswered: ReadonlySet<TargetErrorReason> = new Set(["Throttled", "Unreachable", "AnswerLost"])

const performer = (gradebook: Gradebook, timezone: string, { readBack }: GradebookWriterOptions) => {
  const { baseUrl, name } = gradebook.connection
  let isProven = false
  const looked = new Map<string, boolean>()

  /** Whether an assignment was taken away in the SIS; asked once. */
  const isMissing = Effect.fnUntraced(function* (id: string) {
    const known = looked.get(id)
    if (known !== undefined) return known
    const answer = yield* Effect.either(gradebook.get("lineItem", id))
    const missing = answer._tag === "Right" && answer.right === null
    looked.set(id, missing)
    return missing
  })

  /**
   * Two learning platforms may number their courses and items alike, and the id follows from those numbers: what stands in
   * another class is somebody else's. Where the credentials may not read, or the server cannot show it, nobody can tell; one
   * that does not answer is asked again by a later run.
   */
  const refuseOthers = Effect.fnUntraced(function* (id: string, classId: string | null) {
    const record = yield* Effect.catchIf(
      gradebook.get("lineItem", id),
      ({ reason }) => !unanswered.has(reason),
      () => Effect.succeed(null)
    )
    const standsIn = record === null ? null : fieldsOf("lineItem", record, timezone)["class"]
    if (standsIn == null || standsIn === classId) return
    return yield* new TargetError({
      reason: "Conflict",
      connection: name,
      request: `GET …/lineItems/${id}`,
      detail: `an assignment of another class, ${standsIn}, stands at this id, and is left as it is`,
      hint: "A pipeline of another learning platform may have made it: give the entities of one of the two other names. If it is of this course, take it away in the SIS"
    })
  })

  const write = Effect.fn("oneroster.write-grade")(function* (step: WriteStep, kind: GradebookKind) {
    const id = step.remoteId ?? remoteIdOf(baseUrl, step.entity, step.key)
    const { fields, leftAlone, differs } = yield* fieldsToSend({ gradebook, timezone, step, kind, id })
    if (!differs) return { remoteId: id, wrote: false, leftAlone }
    const body = bodyOf(kind, fields, timezone)
    if ("refused" in body) return yield* stepError(name, step, "Invalid", body.refused)
    const isNewAssignment = step.action === "create" && kind === "lineItem"
    if (isNewAssignment) yield* refuseOthers(id, fields["class"] ?? null)
    const isNew = yield* Effect.catchIf(
      gradebook.put(kind, id, body.json, personalOf(fields)),
      (error) => error.reason === "NotFound" && kind === "result",
      (error) => Effect.flatMap(isMissing(fields["line_item"] ?? ""), (missing) => (missing ? madeAgain(error) : error))
    )
    let isFound = false
    if (isNewAssignment && (readBack === "always" || (readBack === "first" && !isProven))) {
      isFound = yield* proveWritten(gradebook, timezone, step, id)
      isProven ||= isFound
    }
    // Scores of an assignment that was in another class may have gone with that class.
    const madeAnew = kind === "lineItem" && step.action !== "create" && (isNew || step.changed.includes("class"))
    return {
      remoteId: id,
      wrote: true,
      leftAlone,
      ...(isFound ? { isProven: true } : {}),
      ...(madeAnew ? { madeAnew } : {})
    }
  })

  return (step: WriteStep): Effect.Effect<WriteResult, TargetError> => {
    const kind = kindOf(step.resource)
    if (kind === null) {
      return Effect.fail(stepError(name, step, "Unsupported", "nothing of this kind is written to a gradebook"))
    }
    switch (step.action) {
      case "create":
      case "update":
      case "restore":
        return write(step, kind)
      case "adopt":
        return Effect.fail(stepError(name, step, "Unsupported", "what rollbook did not make itself is never touched"))
      case "deactivate":
      case "unenroll":
      case "delete":
        return Effect.fail(stepError(name, step, "Unsupported", "deletions are not exported to the SIS"))
    }
  }
}

/** Points by which two scores may differ and be one: servers round. */
const roundedPoints = 0.05

/** Whether anything of what was sent stands; null where the credentials may write and not read. */
const standsAt = (
  gradebook: Gradebook,
  timezone: string,
  step: WriteStep,
  id: string
): Effect.Effect<boolean | null> => {
  const kind = kindOf(step.resource)
  if (kind === null) return Effect.succeed(null)
  return Effect.match(gradebook.get(kind, id), {
    onFailure: () => null,
    onSuccess: (record) => {
      if (record === null) return false
      const held = fieldsOf(kind, record, timezone)
      const isSame = (field: string): boolean => {
        const [there, sent] = [held[field] ?? null, spelledAsHeld(field, step.fields[field] ?? null, timezone)]
        if (there === null || sent === null || field !== "score") return there === sent
        return Math.abs(Number(there) - Number(sent)) <= roundedPoints
      }
      const seen = step.changed.filter((field) => field in held && (step.overwrite[field] ?? "always") === "always")
      return step.action !== "update" || seen.length === 0 || seen.some(isSame)
    }
  })
}

interface FieldsToSend {
  readonly fields: Fields
  readonly leftAlone: ReadonlyArray<string>
  /** False where nothing is left to write. */
  readonly differs: boolean
}

/** The fields to send. Where a policy protects some, the record is read first and edits made in the SIS are kept. */
const fieldsToSend = Effect.fnUntraced(function* ({
  gradebook,
  timezone,
  step,
  kind,
  id
}: {
  readonly gradebook: Gradebook
  readonly timezone: string
  readonly step: WriteStep
  readonly kind: GradebookKind
  readonly id: string
}) {
  const guarded = Object.entries(step.overwrite).filter(
    ([field, policy]) => policy !== "always" && field in step.fields
  )
  const asWanted: FieldsToSend = { fields: step.fields, leftAlone: [], differs: true }
  if (step.action === "create" || guarded.length === 0) return asWanted
  const record = yield* gradebook.get(kind, id)
  if (record === null) return asWanted
  const held = fieldsOf(kind, record, timezone)
  const fields: Record<string, string | null> = { ...step.fields }
  const leftAlone: Array<string> = []
  const spelled = (field: string, values: Fields): string | null =>
    spelledAsHeld(field, values[field] ?? null, timezone)
  for (const [field, policy] of guarded) {
    const there = held[field] ?? null
    if (there === spelled(field, step.fields)) continue
    if (policy === "if_ours" && there === spelled(field, step.before)) continue
    fields[field] = there
    leftAlone.push(field)
  }
  const differs = Object.keys(fields).some((field) => spelled(field, fields) !== (held[field] ?? null))
  return { fields, leftAlone, differs }
})

/** Seconds until a line item that was not found is asked for once more. */
const secondLookAfterSeconds = 1

/**
 * Whether a new line item stands as it was sent; fails where it does not. False where the credentials may write and not
 * read, or where no answer came: the write itself was answered well.
 */
const proveWritten = Effect.fn("oneroster.read-back")(function* (
  gradebook: Gradebook,
  timezone: string,
  step: WriteStep,
  id: string
) {
  const look = Effect.map(Effect.either(gradebook.get("lineItem", id)), (answer) => {
    if (answer._tag === "Left") return "unknown"
    if (answer.right === null) return "it is not there"
    const held = fieldsOf("lineItem", answer.right, timezone)
    if (held["class"] !== step.fields["class"]) return "it stands in another class"
    return held["title"]?.trim() === step.fields["title"]?.trim() ? "as sent" : "it has another title"
  })
  const first = yield* look
  const seen =
    first === "unknown" || first === "as sent" ? first : yield* Effect.delay(look, secondLookAfterSeconds * 1000)
  if (seen === "unknown" || seen === "as sent") return seen === "as sent"
  return yield* new TargetError({
    // Not "Unsupported": something of it may stand.
    reason: "Unknown",
    connection: gradebook.connection.name,
    request: `GET …/lineItems/${id}`,
    detail: `the server took the assignment, but when it was read back ${seen}`,
    hint: "Some servers answer 200 and change nothing: check that Grade Book Sync is enabled on the connection and that it may write"
  })
})

/** The refusal of a score whose assignment somebody took away. */
const madeAgain = ({ code, connection, detail, reason, request, said, status }: TargetError): TargetError =>
  new TargetError({
    reason,
    connection,
    request,
    detail,
    hint: "The assignment was taken away in the SIS: the next run makes it again, with its scores",
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(said === undefined ? {} : { said }),
    missing: "line_item"
  })

/** Values of a request that say something of a student. */
const personalOf = (fields: Fields): ReadonlyArray<string> =>
  ["comment", "description", "score"].flatMap((field) => fields[field] ?? [])

const stepError = (connection: string, step: WriteStep, reason: TargetErrorReason, detail: string): TargetError =>
  new TargetError({ reason, connection, request: `${step.action} ${step.resource}`, detail })
