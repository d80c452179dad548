import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import type { Definition } from "../../src/pipeline/definition.ts"
import {
  byRemoteId,
  type StepAction,
  TargetError,
  TargetReader,
  TargetWriter,
  type WriteStep
} from "../../src/core/ports/target.ts"
import { aFolder, byRows, walkOne } from "./by-rows.ts"

/** What can befall a request to the target under test, from then on. */
export type Trouble =
  /** It is carried out, and its answer never comes. */
  | "answers are lost"
  /** Nobody may look. */
  | "reads are forbidden"
  /** Nothing is answered. */
  | "nothing is answered"

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
  /** Another record of its kind; what of it is the name that no two have. Left out where all may be called the same. */
  readonly another: { readonly key: string; readonly fields: Readonly<Record<string, string | null>> }
  readonly name?: string
  /** How such a record is taken away, and how that is seen; left out where nothing can be. */
  readonly removal?: { readonly action: StepAction; readonly leaves: Readonly<Record<string, string>> | null }
  /** An id that no record has. */
  readonly nobody: string
  /** Brings trouble; left out by one that is in none. */
  readonly befalls?: (trouble: Trouble) => Promise<unknown>
  /** How records are made by rows, where they are: then nothing is said of one until it is seen. */
  readonly rows?: TakesRows
}

/** A target that takes rows, and works them off when it is told to. */
export interface TakesRows {
  /** A definition that loads such records. */
  readonly definition: () => Definition
  readonly workOff: () => Promise<unknown>
  /** How many rows it was ever given. */
  readonly given: () => Promise<number>
}

/** How a target says that a name is taken, each in its own words; none of them leaves it open whether it was done. */
const ofANameThatIsTaken = ["Conflict", "Invalid", "Forbidden", "Unknown"]

/** What the walk through a plan relies on, whichever target it is. */
export const targetContract = (title: string, under: TargetUnderTest): void => {
  const { another, befalls, change, connection, fields, name, nobody, removal, resource, rows } = under
  const creationOf = (one: Pick<TargetUnderTest, "key" | "fields">): WriteStep => ({
    sequence: 1,
    entity: "record",
    key: one.key,
    resource,
    type: null,
    action: "create",
    remoteId: null,
    fields: one.fields,
    before: {},
    changed: Object.keys(one.fields),
    overwrite: {}
  })
  const creation = creationOf(under)
  const updateOf = (remoteId: string): WriteStep => ({
    ...creation,
    sequence: 2,
    action: "update",
    remoteId,
    fields: { ...fields, [change.field]: change.to },
    before: fields,
    changed: [change.field]
  })
  const stands = (reader: TargetReader["Type"], remoteId: string) =>
    reader.find({ resource, type: null, matchBy: [byRemoteId], wanted: [{ ...fields, [byRemoteId]: remoteId }] })
  const using = <A>(
    use: (
      reader: TargetReader["Type"],
      writer: TargetWriter["Type"],
      /** The same, with none of its ways taken for another. */
      bare: TargetWriter["Type"]
    ) => Effect.Effect<A, unknown>
  ) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const bare = yield* TargetWriter
        const writer = rows === undefined ? bare : byRows(rows.definition(), bare, rows.workOff)
        return yield* use(yield* TargetReader, writer, bare)
      }).pipe(Effect.provide(under.reader()), Effect.provide(under.writer()))
    )
  const expectAs = (reader: TargetReader["Type"], held: WriteStep["fields"], sent: WriteStep["fields"]) => {
    // Of what was not sent, the target may decide.
    const seen = Object.keys(held).filter((field) => (sent[field] ?? null) !== null)
    expect(seen).not.toEqual([])
    const spelled = (from: WriteStep["fields"]) =>
      seen.map((field) => [field, reader.asHeld(field, from[field] ?? null)])
    expect(spelled(held)).toEqual(spelled(sent))
  }

  describe(`the target ${title}`, () => {
    it("makes a record, shows it as it was sent, changes it, and makes none twice", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          expect([reader.connection, writer.connection]).toEqual([connection, connection])
          expect(writer.concurrency).toBeGreaterThan(0)

          const made = yield* writer.perform(creation)
          expect(made.wrote).toBe(true)
          expect([null, made.remoteId]).toContain(writer.idOf(creation))
          const [shown] = yield* stands(reader, made.remoteId)
          expect(shown?.remoteId).toBe(made.remoteId)
          expectAs(reader, shown?.fields ?? {}, fields)
          expect([true, null]).toContain(yield* writer.stands?.(creation, made.remoteId) ?? Effect.succeed(null))

          // Nobody knows whether it was sent: what stands is found.
          expect((yield* writer.reconcile(creation)).remoteId).toBe(made.remoteId)

          const update = updateOf(made.remoteId)
          const sentBefore = writer.requestsSent()
          expect((yield* writer.perform(update)).remoteId).toBe(made.remoteId)
          expect(writer.requestsSent()).toBeGreaterThan(sentBefore)
          const [changed] = yield* stands(reader, made.remoteId)
          expectAs(reader, changed?.fields ?? {}, update.fields)
          expect((yield* writer.reconcile(update)).remoteId).toBe(made.remoteId)
        })
      ))

    it("makes two records of two that are asked for at once, and changes the one that is meant", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          const ids = (yield* Effect.forEach([creation, creationOf(another)], writer.perform, {
            concurrency: "unbounded"
          })).map((one) => one.remoteId)
          expect(new Set(ids).size).toBe(2)
          const [first = "", second = ""] = ids
          yield* writer.perform(updateOf(first))
          const [untouched] = yield* stands(reader, second)
          expectAs(reader, untouched?.fields ?? {}, another.fields)
        })
      ))

    it("shows nothing under an id that no record has, and does not say that one stands there", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          expect(yield* stands(reader, nobody)).toEqual([])
          expect([false, null]).toContain(yield* writer.stands?.(updateOf(nobody), nobody) ?? Effect.succeed(null))
        })
      ))

    it("refuses a resource that it has not, as what cannot be done", () =>
      using((_, writer) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(writer.perform({ ...creation, resource: "no_such_resource" }))
          expect(error).toBeInstanceOf(TargetError)
          expect(error).toMatchObject({ connection, reason: "Unsupported" })
        })
      ))

    it.skipIf(name === undefined)("refuses a name that another record has, and leaves that one as it is", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          const { remoteId } = yield* writer.perform(creation)
          const taken = { ...another, fields: { ...another.fields, [name ?? ""]: fields[name ?? ""] ?? null } }
          const error = yield* Effect.flip(writer.perform(creationOf(taken)))
          expect(error).toBeInstanceOf(TargetError)
          expect(error).toMatchObject({ connection })
          // Of a row nobody says why it was turned away.
          expect(rows === undefined ? ofANameThatIsTaken : ["AnswerLost"]).toContain(error.reason)
          const [held] = yield* stands(reader, remoteId)
          expectAs(reader, held?.fields ?? {}, fields)
        })
      )
    )

    it.skipIf(removal === undefined)("takes a record away, and finds it away where that is asked once more", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          const { remoteId } = yield* writer.perform(creation)
          const { action, leaves } = removal ?? { action: "delete", leaves: null }
          const away: WriteStep = { ...creation, sequence: 3, action, remoteId, before: fields, changed: [] }
          expect(yield* writer.perform(away)).toMatchObject({ remoteId, wrote: true })
          const [left] = yield* stands(reader, remoteId)
          if (leaves === null) expect(left).toBeUndefined()
          else expect(left?.fields).toMatchObject(leaves)
          expect(yield* writer.reconcile(away)).toMatchObject({ remoteId })
        })
      )
    )

    it.skipIf(befalls === undefined)("whose answer is lost says so or asks again, and what stands is found once", () =>
      using((reader, writer) =>
        Effect.gen(function* () {
          yield* Effect.promise(async () => befalls?.("answers are lost"))
          const first = yield* Effect.either(writer.perform(creation))
          if (first._tag === "Left") expect(first.left).toMatchObject({ _tag: "TargetError", reason: "AnswerLost" })
          const found = yield* writer.reconcile(creation)
          const [held] = yield* stands(reader, found.remoteId)
          expectAs(reader, held?.fields ?? {}, fields)
          expect((yield* writer.reconcile(creation)).remoteId).toBe(found.remoteId)
        })
      )
    )

    it.skipIf(befalls === undefined)("that may not be looked at is not one in which nothing stands", () =>
      using((reader) =>
        Effect.gen(function* () {
          yield* Effect.promise(async () => befalls?.("reads are forbidden"))
          const error = yield* Effect.flip(stands(reader, nobody))
          expect(error).toBeInstanceOf(TargetError)
          expect(error).toMatchObject({ connection, reason: "Forbidden" })
          // What was asked is told by its path, and never by what was searched for.
          expect(error.request).not.toMatch(/\?/)
        })
      )
    )

    // Whoever hands rows over waits for the answer, for as long as a process may that is to end.
    it.skipIf(befalls === undefined || rows !== undefined)(
      "that does not answer lets go of whoever is interrupted",
      () =>
        using((_, writer) =>
          Effect.gen(function* () {
            yield* Effect.promise(async () => befalls?.("nothing is answered"))
            const waiting = yield* Effect.fork(writer.perform(creation))
            yield* Effect.sleep("150 millis")
            const exit = yield* Effect.timeout(Fiber.interrupt(waiting), "5 seconds")
            expect(exit._tag).toBe("Failure")
          })
        )
    )

    if (rows !== undefined) rowsContract(rows)
  })

  /** The promises of rows alone. `walk` is one apply after the other of one plan. */
  const rowsContract = ({ definition, given, workOff }: TakesRows): void => {
    const walking = <A>(
      use: (
        walk: (one?: WriteStep, settles?: boolean) => ReturnType<typeof walkOne>,
        reader: TargetReader["Type"]
      ) => Effect.Effect<A, unknown>
    ) =>
      using((reader, _, bare) =>
        Effect.scoped(
          Effect.gen(function* () {
            const folder = yield* aFolder
            return yield* use(
              (one = creation, settles = false) =>
                walkOne(definition(), settles ? timeIsOver(bare) : bare, one, folder),
              reader
            )
          })
        )
      )
    const isUnknown = { execution: { done: 0, failed: 0, awaited: 1, stoppedBy: null }, outcome: null }

    it("says nothing of a row until it is seen, and is given it once, however often the plan is applied", () =>
      walking((walk, reader) =>
        Effect.gen(function* () {
          expect(yield* walk()).toMatchObject(isUnknown)
          expect(yield* walk()).toMatchObject(isUnknown)
          yield* Effect.promise(workOff)
          const { execution, outcome } = yield* walk()
          expect(execution).toMatchObject({ done: 1, notReached: 0 })
          const [shown] = yield* stands(reader, String(outcome?.["remote_id"]))
          expectAs(reader, shown?.fields ?? {}, fields)
          expect(yield* Effect.promise(given)).toBe(1)
        })
      ))

    it("has failed with a row that does not show when its time is over, and not before", () =>
      walking((walk) =>
        Effect.gen(function* () {
          const away = { ...creation, fields: { ...fields, [change.field]: "x".repeat(40) } }
          expect(yield* walk(away)).toMatchObject(isUnknown)
          yield* Effect.promise(workOff)
          // What stands is another record than the one that is looked for.
          expect(yield* walk()).toMatchObject(isUnknown)
          expect(yield* walk(creation, true)).toMatchObject({
            execution: { failed: 1, notReached: 0 },
            outcome: { outcome: "failed", reason: "NotShown" }
          })
          expect(yield* Effect.promise(given)).toBe(1)
        })
      ))

    it("knows nothing of a row that may not be looked for, whatever the time", () =>
      walking((walk) =>
        Effect.gen(function* () {
          expect(yield* walk()).toMatchObject(isUnknown)
          yield* Effect.promise(async () => befalls?.("reads are forbidden"))
          expect(yield* walk(creation, true)).toMatchObject(isUnknown)
        })
      ))
  }
}

/** A writer by rows whose time is over as soon as they are handed over. */
const timeIsOver = ({ rows, ...writer }: TargetWriter["Type"]): TargetWriter["Type"] =>
  rows === undefined
    ? writer
    : { ...writer, rows: { ...rows, format: Effect.map(rows.format, (format) => ({ ...format, settleSeconds: 0 })) } }
