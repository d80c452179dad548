import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { byRemoteId, TargetError, TargetReader, TargetWriter, type WriteStep } from "../../src/core/ports/target.ts"

export interface TargetUnderTest {
  readonly reader: () => Layer.Layer<TargetReader, unknown>
  readonly writer: () => Layer.Layer<TargetWriter, unknown>
  readonly connection: string
  /** A record that can be made, every field as it should stand. */
  readonly resource: string
  readonly key: string
  readonly fields: Readonly<Record<string, string | null>>
  /** A field that can be changed, and what it is then. */
  readonly change: { readonly field: string; readonly to: string }
  /** An id that no record has. */
  readonly nobody: string
}

/** What the walk through a plan relies on, whichever target it is. */
export const targetContract = (name: string, under: TargetUnderTest): void => {
  const { change, connection, fields, nobody, resource } = under
  const creation: WriteStep = {
    sequence: 1,
    entity: "record",
    key: under.key,
    resource,
    type: null,
    action: "create",
    remoteId: null,
    fields,
    before: {},
    changed: Object.keys(fields),
    overwrite: {}
  }
  const stands = (reader: TargetReader["Type"], remoteId: string) =>
    reader.find({ resource, type: null, matchBy: [byRemoteId], wanted: [{ ...fields, [byRemoteId]: remoteId }] })

  describe(`the target ${name}`, () => {
    it("makes a record, shows it as it was sent, changes it, and makes none twice", () =>
      Effect.gen(function* () {
        const [reader, writer] = [yield* TargetReader, yield* TargetWriter]
        expect([reader.connection, writer.connection]).toEqual([connection, connection])
        expect(writer.concurrency).toBeGreaterThan(0)

        const made = yield* writer.perform(creation)
        expect(made.wrote).toBe(true)
        expect([null, made.remoteId]).toContain(writer.idOf(creation))
        const [shown] = yield* stands(reader, made.remoteId)
        expect(shown?.remoteId).toBe(made.remoteId)
        // Of what was not sent, the target may decide.
        const seen = Object.keys(shown?.fields ?? {}).filter((field) => (fields[field] ?? null) !== null)
        expect(seen).not.toEqual([])
        for (const field of seen) {
          expect([field, reader.asHeld(field, shown?.fields[field] ?? null)]).toEqual([
            field,
            reader.asHeld(field, fields[field] ?? null)
          ])
        }

        // Nobody knows whether it was sent: what stands is found.
        expect((yield* writer.reconcile(creation)).remoteId).toBe(made.remoteId)

        const update: WriteStep = {
          ...creation,
          sequence: 2,
          action: "update",
          remoteId: made.remoteId,
          fields: { ...fields, [change.field]: change.to },
          before: fields,
          changed: [change.field]
        }
        expect((yield* writer.perform(update)).remoteId).toBe(made.remoteId)
        const [changed] = yield* stands(reader, made.remoteId)
        expect(reader.asHeld(change.field, changed?.fields[change.field] ?? null)).toBe(
          reader.asHeld(change.field, change.to)
        )
        expect((yield* writer.reconcile(update)).remoteId).toBe(made.remoteId)
        expect(writer.requestsSent()).toBeGreaterThan(0)
      }).pipe(Effect.provide(under.reader()), Effect.provide(under.writer()), Effect.runPromise))

    it("shows nothing under an id that no record has", () =>
      Effect.gen(function* () {
        expect(yield* stands(yield* TargetReader, nobody)).toEqual([])
      }).pipe(Effect.provide(under.reader()), Effect.runPromise))

    it("refuses a resource that it has not, as what cannot be done", () =>
      Effect.gen(function* () {
        const step = { ...creation, resource: "no_such_resource" }
        const error = yield* Effect.flip((yield* TargetWriter).perform(step))
        expect(error).toBeInstanceOf(TargetError)
        expect(error).toMatchObject({ connection, reason: "Unsupported" })
      }).pipe(Effect.provide(under.writer()), Effect.runPromise))
  })
}
