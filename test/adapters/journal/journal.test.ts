import { SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { makeJournal, parseJournal } from "../../../src/adapters/journal/journal.ts"
import { Disk } from "../../../src/core/ports/disk.ts"
import { inFolder } from "../../tools/definitions.ts"

const outcome = (sequence: number) =>
  JSON.stringify({
    o: {
      sequence,
      outcome: "done",
      remoteId: `r${sequence}`,
      wrote: true,
      reason: null,
      detail: null,
      at: "2026-10-01T00:00:00Z"
    }
  })

it("tells what is done from what is unsure, and ignores a torn last line", () => {
  const content = parseJournal(`{"i":[1,2,3]}\n${outcome(1)}\n${outcome(2)}\n${outcome(3).slice(0, 20)}`)
  expect([...content.outcomes.keys()]).toEqual([1, 2])
  expect([...content.unsure]).toEqual([3])
})

it("counts a failed step that was sent again without an answer as unsure, not as failed", () => {
  const failed = outcome(1).replace('"done"', '"failed"')
  const content = parseJournal(`{"i":[1]}\n${failed}\n{"i":[1]}\n`)
  expect(content.outcomes.size).toBe(0)
  expect([...content.unsure]).toEqual([1])
})

it("reads what an earlier version left, which said less of a step", () => {
  const known = parseJournal(`{"i":[1]}\n${outcome(1)}\n`).outcomes.get(1)
  expect(known).toMatchObject({ outcome: "done", isDoubtful: false, missing: null })
})

it("goes on past lines that are no entries, names them, and counts all that has no outcome as perhaps sent", () => {
  const content = parseJournal(
    ['{"i":[1,2]}', "null", '{"i":7}', '{"o":{"sequence":"x"}}', "rubbish", outcome(1), '{"o":{"sequ'].join("\n")
  )
  expect([...content.outcomes.keys()]).toEqual([1])
  expect([...content.unsure]).toEqual([2])
  expect(content.unreadableLines).toEqual([2, 3, 4, 5])
})

it("takes what a crash left for torn: half a line, and a block of nothing", () => {
  expect(parseJournal(`{"i":[1]}\n{"o":{"sequence":1,"out\n${"\0".repeat(64)}\n${outcome(1)}`).unreadableLines).toEqual(
    []
  )
})

it("keeps a journal that could not be read whole when its apply is through", () =>
  inFolder(async (folder) => {
    const journal = makeJournal(folder)
    writeFileSync(join(folder, "plan-1.journal"), '{"i":[1]}\nrubbish\n')
    writeFileSync(join(folder, "plan-2.journal"), `{"i":[1]}\n${outcome(1)}\n`)
    await Effect.runPromise(Effect.zipRight(journal.close("plan-1"), journal.close("plan-2")))
    expect(readdirSync(folder)).toEqual(["plan-1.journal.unreadable"])
    expect(await Effect.runPromise(journal.unfinished)).toEqual([])
  }))

/** A disk that is full while `isFull` says so: of what is written then it takes a half. */
const fullWhile = (isFull: () => boolean) =>
  Effect.map(Disk, (disk) => ({
    ...disk,
    open: ((path, options) =>
      Effect.map(disk.open(path, options), (file) => {
        const writeAll: typeof file.writeAll = (bytes) =>
          isFull()
            ? Effect.zipRight(
                file.writeAll(bytes.subarray(0, bytes.length / 2)),
                Effect.fail(
                  new SystemError({
                    reason: "Unknown",
                    module: "FileSystem",
                    method: "write",
                    cause: { code: "ENOSPC" }
                  })
                )
              )
            : file.writeAll(bytes)
        return new Proxy(file, {
          get: (of, key) => (key === "writeAll" ? writeAll : (Reflect.get(of, key) as unknown))
        })
      })) satisfies typeof disk.open
  }))

it("loses no line to a disk that is full for a while, and takes nothing for intended that was not written", () =>
  inFolder(async (folder) => {
    let isFull = false
    const told = await Effect.runPromise(
      Effect.flatMap(
        fullWhile(() => isFull),
        (disk) =>
          Effect.gen(function* () {
            const journal = yield* makeJournal(folder).open("plan-1")
            yield* journal.intend([1])
            isFull = true
            yield* journal.record(parseJournal(outcome(1)).outcomes.get(1) as never)
            // Lines that are written by and by are tried again; whoever asks for one to be written is told.
            yield* Effect.ignore(journal.flush)
            const refused = yield* Effect.either(journal.intendRows([7], "2026-10-01T00:00:00Z"))
            const isFailing = journal.isFailing()
            isFull = false
            yield* journal.intend([2])
            return { refused, isFailing: [isFailing, journal.isFailing()] }
          }).pipe(Effect.scoped, Effect.provideService(Disk, disk))
      )
    )
    expect(told).toMatchObject({
      refused: { left: { reason: "Full", detail: expect.stringContaining(join(folder, "plan-1.journal")) as string } },
      isFailing: [true, false]
    })
    const { handedOver, outcomes, unreadableLines, unsure } = parseJournal(
      readFileSync(join(folder, "plan-1.journal"), "utf8")
    )
    expect([[...outcomes.keys()], [...unsure], [...handedOver], unreadableLines]).toEqual([[1], [2], [], []])
  }))
