import * as Effect from "effect/Effect"
import { writerLayer } from "../../../src/adapters/brightspace/writer.ts"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import { type TargetError, TargetWriter, type WriteResult, type WriteStep } from "../../../src/core/ports/target.ts"

export const step = (over: Partial<WriteStep> & Pick<WriteStep, "resource" | "action" | "fields">): WriteStep => ({
  sequence: 1,
  entity: over.resource,
  key: "k1",
  type: null,
  remoteId: null,
  before: {},
  changed: [],
  overwrite: {},
  ...over
})

/** Carries out steps one after the other through one writer. */
export const write = (
  connection: BrightspaceConnection,
  steps: ReadonlyArray<WriteStep>,
  verb: "perform" | "reconcile" = "perform"
): Promise<ReadonlyArray<WriteResult>> =>
  Effect.runPromise(
    Effect.flatMap(TargetWriter, (writer) => Effect.forEach(steps, writer[verb])).pipe(
      Effect.provide(writerLayer(connection, "America/Chicago"))
    )
  )

export const refused = (connection: BrightspaceConnection, one: WriteStep): Promise<TargetError> =>
  Effect.runPromise(
    Effect.flatMap(TargetWriter, (writer) => writer.perform(one)).pipe(
      Effect.provide(writerLayer(connection, "America/Chicago")),
      Effect.flip
    )
  )

/** Whether a step stands, as the writer finds by reading it back. */
export const stands = (connection: BrightspaceConnection, one: WriteStep, remoteId: string): Promise<boolean | null> =>
  Effect.runPromise(
    Effect.flatMap(
      TargetWriter,
      (writer) => writer.stands?.(one, remoteId) ?? Effect.dieMessage("it cannot look")
    ).pipe(Effect.provide(writerLayer(connection, "America/Chicago")))
  )
