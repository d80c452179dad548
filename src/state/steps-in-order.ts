import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { type Hash } from "node:crypto"
import { eachPieceOfFile, lineFeed, openFile, removeAll, StoreError } from "../core/ports/disk.ts"

/**
 * Steps that the engine wrote as it came by them, one a line, put in their order. To write lines in order the engine carries
 * the bytes of each through memory four times; to write them in any is a third of the work, and they are read anyhow, to be
 * hashed and put behind those before them.
 */

/** A file of steps in any order: `count` of them, those that follow on number `after`. */
export interface PartOfSteps {
  readonly path: string
  readonly after: number
  readonly count: number
}

type OnDisk = Effect.Effect<void, PlatformError | StoreError>

/**
 * Takes a part of more than `most` steps, too long for memory, apart into parts of no more, each in a file of its own; its own file is
 * gone then. A shorter part stays as it is. Fails where a line is none of its steps.
 */
export const apart = (
  disk: FileSystem.FileSystem,
  part: PartOfSteps,
  most: number
): Effect.Effect<ReadonlyArray<PartOfSteps>, PlatformError | StoreError> =>
  Effect.gen(function* () {
    if (part.count <= most) return [part]
    const parts = Array.from({ length: Math.ceil(part.count / most) }, (_, index): PartOfSteps => {
      const after = part.after + index * most
      return { path: `${part.path}.${index}`, after, count: Math.min(most, part.after + part.count - after) }
    })
    const ends = yield* Effect.forEach(parts, ({ path }) => openFile(disk, path, "w"))
    let rest: Uint8Array = new Uint8Array()
    yield* eachPieceOfFile(disk, part.path, (piece) =>
      Effect.gen(function* () {
        const bytes = Buffer.concat([rest, piece])
        const lines = parts.map(() => new Array<Uint8Array>())
        let at = 0
        for (let end = bytes.indexOf(lineFeed) + 1; end > 0; end = bytes.indexOf(lineFeed, at) + 1) {
          const number = numberAt(bytes, at)
          const own = lines[Math.floor((number - part.after - 1) / most)]
          if (own === undefined) return yield* notEachOnce(part, `step ${number} lies there`)
          own.push(bytes.subarray(at, end))
          at = end
        }
        rest = bytes.subarray(at)
        for (const [index, own] of lines.entries())
          if (own.length > 0) yield* ends[index]?.writeAll(Buffer.concat(own)) ?? Effect.void
      })
    )
    if (rest.length > 0) return yield* notEachOnce(part, "the last line has no end")
    yield* removeAll(disk, part.path)
    return parts
  }).pipe(Effect.scoped)

/**
 * For one file of steps, which goes on from part to part as its hash does: moves the steps of a part behind those before
 * them, in order. Fails where it is not each of them once that lies there.
 */
export const stepsBehind = (hash: Hash): ((disk: FileSystem.FileSystem, part: PartOfSteps, to: string) => OnDisk) => {
  // As long as the longest part so far: new memory for each would cost more than what is done in it.
  let room = new Uint8Array()
  return (disk, part, to) =>
    Effect.gen(function* () {
      const size = Number((yield* disk.stat(part.path)).size)
      if (room.length < size) room = Buffer.allocUnsafeSlow(Math.ceil(size * 1.2))
      let read = 0
      const keep = (piece: Uint8Array) =>
        Effect.sync(() => {
          room.set(piece, read)
          read += piece.length
        })
      yield* eachPieceOfFile(disk, part.path, keep)
      const bytes = Buffer.from(room.buffer, room.byteOffset, read)
      const lines = linesIn(bytes, part)
      if (typeof lines === "string") return yield* notEachOnce(part, lines)
      const end = yield* openFile(disk, to, part.after === 0 ? "w" : "a")
      for (const piece of pieces(bytes, lines)) {
        hash.update(piece)
        yield* end.writeAll(piece)
      }
      yield* removeAll(disk, part.path)
    }).pipe(Effect.scoped)
}

const notEachOnce = ({ after, count, path }: PartOfSteps, cause: string): StoreError =>
  new StoreError({
    reason: "Damaged",
    what: "put the steps of the plan in order",
    path,
    words: `steps ${after + 1} to ${after + count} were to lie there, each once, as the engine had just written them, and ${cause}`,
    remedy: "nothing was planned. Plan again, with space on the disk; if it comes again, report it with this line"
  })

/** For each step of a part, in order, the byte at which its line begins, and the one behind it. */
interface Lines {
  readonly begins: Uint32Array
  readonly ends: Uint32Array
}

/** A sentence in place of the lines where they are not each step once. */
const linesIn = (bytes: Buffer, { after, count }: PartOfSteps): Lines | string => {
  const begins = new Uint32Array(count)
  const ends = new Uint32Array(count)
  let found = 0
  for (let at = 0; at < bytes.length; found++) {
    const number = numberAt(bytes, at)
    const place = number - after - 1
    const end = bytes.indexOf(lineFeed, at) + 1
    if (place < 0 || place >= count) return `line ${found + 1} is none of these steps`
    if (end === 0) return `line ${found + 1} has no end`
    if (ends[place] !== 0) return `line ${found + 1} is step ${number} once more`
    begins[place] = at
    ends[place] = end
    at = end
  }
  if (found !== count) return `it holds ${found} of them`
  return { begins, ends }
}

/** The bytes of lines in their order. Each piece is good until the next one takes its place. */
function* pieces(bytes: Buffer, { begins, ends }: Lines): Generator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(pieceBytes)
  let filled = 0
  for (const [place, begin] of begins.entries()) {
    const end = ends[place] ?? begin
    if (filled > 0 && filled + end - begin > piece.length) {
      yield piece.subarray(0, filled)
      filled = 0
    }
    if (end - begin > piece.length) yield bytes.subarray(begin, end)
    else filled += bytes.copy(piece, filled, begin, end)
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

/** The number of the step whose line begins at a byte. */
const numberAt = (bytes: Uint8Array, begin: number): number => {
  let number = 0
  let digit = begin + beforeNumber
  for (let byte = bytes[digit] ?? 0; byte >= zero && byte <= nine; byte = bytes[++digit] ?? 0)
    number = number * 10 + byte - zero
  return number
}

/** Each line begins by the number of its step. */
const beforeNumber = '{"seq":'.length
const [zero, nine] = [48, 57]

const pieceBytes = 1_048_576
