import * as Effect from "effect/Effect"
import { TargetError, type WriteResult, type WriteStep } from "../../core/ports/target.ts"
import { tell } from "../../core/told.ts"
import { backOffMilliseconds, triesOfAnAnswer } from "../http/retry.ts"

/**
 * Operations on the records of one kind. Functions through which a step goes bear no span of their own: a district's first
 * night has a million steps, and a span costs as much as a tenth of a request.
 */
export interface ResourceWriter {
  readonly perform: (step: WriteStep) => Effect.Effect<WriteResult, TargetError>
  /** For a step that may have been sent before: creates look for their own record first, the rest is repeatable. */
  readonly reconcile: (step: WriteStep) => Effect.Effect<WriteResult, TargetError>
}

export const result = (remoteId: string, wrote: boolean, leftAlone: ReadonlyArray<string> = []): WriteResult => ({
  remoteId,
  wrote,
  leftAlone
})

const stepError = (connection: string, step: WriteStep, reason: TargetError["reason"], detail: string): TargetError =>
  new TargetError({ reason, connection, request: `${step.action} ${step.resource}`, detail })

/** A field without which the step cannot be sent: `Invalid` when it is empty. */
export const need = (connection: string, step: WriteStep, field: string): Effect.Effect<string, TargetError> => {
  const value = step.fields[field] ?? ""
  return value === ""
    ? Effect.fail(stepError(connection, step, "Invalid", tell("record.missing-column", { field })))
    : Effect.succeed(value)
}

/** The record that a step is about. */
export const needRemoteId = (connection: string, step: WriteStep): Effect.Effect<string, TargetError> =>
  step.remoteId === null
    ? Effect.fail(stepError(connection, step, "Invalid", "the record's id at the target is not known"))
    : Effect.succeed(step.remoteId)

export const unsupported = (connection: string, step: WriteStep, detail: string): Effect.Effect<never, TargetError> =>
  Effect.fail(stepError(connection, step, "Unsupported", detail))

/** Whether a step may change one of these fields: an adoption and a return look at all of them. */
export const touches = (step: WriteStep, fields: ReadonlyArray<string>): boolean =>
  step.action !== "update" || step.changed.some((field) => fields.includes(field))

/**
 * Ends a create of which it is not known whether it was carried out: the one record that carries exactly its values, as
 * `look` finds it, is taken for it; where there is none, it is created now; where there are several, a person must say which.
 * Where that answer is lost as well it is looked for again, until it was sent as often as any other request.
 */
export const settleCreate = (
  connection: string,
  step: WriteStep,
  look: Effect.Effect<ReadonlyArray<string>, TargetError>,
  create: Effect.Effect<WriteResult, TargetError>
): Effect.Effect<WriteResult, TargetError> => {
  const settled = (trial: number): Effect.Effect<WriteResult, TargetError> =>
    Effect.flatMap(look, (exact) => {
      const [first, ...others] = new Set(exact)
      if (first !== undefined) {
        return others.length === 0
          ? Effect.succeed(result(first, false))
          : Effect.fail(stepError(connection, step, "Conflict", "several records carry exactly its values"))
      }
      return Effect.catchIf(
        create,
        (error) => error.reason === "AnswerLost" && trial < triesOfAnAnswer,
        () => Effect.zipRight(Effect.sleep(backOffMilliseconds(trial)), settled(trial + 1))
      )
    })
  // The answer of the first one is lost already.
  return settled(2)
}
