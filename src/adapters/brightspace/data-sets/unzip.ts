import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FileSystem } from "@effect/platform/FileSystem"
import { Size } from "@effect/platform/FileSystem"
import { Inflate } from "fflate"
import { crc32 } from "node:zlib"
import { onDisk, openFile, type StoreError } from "../../../core/ports/disk.ts"

/** The only file of a zip, by its central directory (APPNOTE 4.3.12 and 4.3.14; 4.5.3 where it is larger than 4 GB). */
interface Entry {
  readonly isStored: boolean
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** The place of its local header. */
  readonly at: number
}

/** The most bytes that come after the beginning of the end of the central directory: its record and a comment. */
const tailBytes = 22 + 65_535
const pieceBytes = 262_144

/**
 * Unpacks the one file of a zip into a file beside it, piece by piece, and gives its first line. The sizes and the checksum that
 * the zip names must be those of what comes out; where they are not, the fault is given in words. fflate's own reading of a
 * stream looks for the end of a file by bytes that may stand in the middle of it, so the directory is read first.
 */
export const unzipOne = (
  zip: string,
  to: string,
  largestBytes: number
): Effect.Effect<{ readonly firstLine: string } | { readonly fault: string }, StoreError> =>
  onDisk("unpack what was loaded", zip, (disk) =>
    Effect.gen(function* () {
      const size = Number((yield* disk.stat(zip)).size)
      const found = yield* findEntry(disk, zip, size)
      if (typeof found === "string") return { fault: found }
      if (found.bytes > largestBytes) {
        return { fault: `unpacked it has ${found.bytes} bytes, and at most ${largestBytes} are taken` }
      }
      const local = yield* readPiece(disk, zip, found.at, 30)
      if (local.length < 30 || local.readUInt32LE(0) !== 0x04034b50) return { fault: "its directory names no file" }
      const begins = found.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
      return yield* unpack(disk, { zip, to, begins, entry: found })
    })
  )

const unpack = Effect.fnUntraced(function* (
  disk: FileSystem,
  {
    begins,
    entry,
    to,
    zip
  }: { readonly zip: string; readonly to: string; readonly begins: number; readonly entry: Entry }
) {
  const file = yield* openFile(disk, to, "w")
  const head: Array<Uint8Array> = []
  let [bytes, crc, isHeadOver, headBytes] = [0, 0, false, 0]
  let waiting: Array<Uint8Array> = []
  const inflate = entry.isStored ? null : new Inflate((piece) => void waiting.push(piece))
  const keep = Effect.fnUntraced(function* (piece: Uint8Array) {
    bytes += piece.length
    crc = crc32(piece, crc)
    if (!isHeadOver) {
      const end = piece.indexOf(10)
      head.push(end < 0 ? piece : piece.subarray(0, end))
      headBytes += piece.length
      isHeadOver = end >= 0 || headBytes > pieceBytes
    }
    if (piece.length > 0 && bytes <= entry.bytes) yield* file.writeAll(piece)
  })
  let packed = 0
  const unpacked = yield* Stream.runForEach(
    disk.stream(zip, { offset: Size(begins), bytesToRead: Size(entry.packedBytes), chunkSize: pieceBytes }),
    (piece) =>
      Effect.gen(function* () {
        packed += piece.length
        if (inflate === null) return yield* keep(piece)
        yield* Effect.try(() => inflate.push(piece, packed === entry.packedBytes))
        const ready = waiting
        waiting = []
        for (const one of ready) yield* keep(one)
      })
  ).pipe(
    Effect.as(null),
    // The unpacker's own; the disk has errors of another kind.
    Effect.catchTag("UnknownException", () => Effect.succeed("it cannot be unpacked"))
  )
  if (unpacked !== null) return { fault: unpacked }
  if (packed !== entry.packedBytes) return { fault: "it ends before its file does" }
  if (bytes !== entry.bytes || crc !== entry.crc) return { fault: "what came out of it is not what its directory says" }
  return { firstLine: Buffer.concat(head).toString("utf8") }
}, Effect.scoped)

const findEntry = Effect.fnUntraced(function* (disk: FileSystem, zip: string, size: number) {
  const tail = yield* readPiece(disk, zip, Math.max(0, size - tailBytes), Math.min(size, tailBytes))
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (at < 0 || tail.length - at < 22) return "it is no zip file, or the end of it is missing"
  let [files, length, from] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
  if (at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50) {
    const record = yield* readPiece(disk, zip, Number(tail.readBigUInt64LE(at - 12)), 56)
    if (record.length < 56) return unreadable
    files = Number(record.readBigUInt64LE(32))
    length = Number(record.readBigUInt64LE(40))
    from = Number(record.readBigUInt64LE(48))
  }
  if (files !== 1) return `it holds ${files} files, and one is expected`
  if (from + length > size || length > tailBytes) return unreadable
  const entry = yield* readPiece(disk, zip, from, length)
  if (entry.length < 46 || entry.readUInt32LE(0) !== 0x02014b50) return unreadable
  return entryIn(entry)
})

const unreadable = "its directory cannot be read"

const entryIn = (entry: Buffer): Entry | string => {
  const method = entry.readUInt16LE(10)
  if ((entry.readUInt16LE(8) & 1) !== 0) return "it is locked by a password"
  if (method !== 0 && method !== 8) return `it is packed in a way that is not known (${method})`
  const nameBytes = entry.readUInt16LE(28)
  if (!/\.csv$/i.test(entry.toString("utf8", 46, 46 + nameBytes))) return "the file in it is no CSV file"
  const extra = entry.subarray(46 + nameBytes, 46 + nameBytes + entry.readUInt16LE(30))
  const large = largeSizes(extra)
  const size = (at: number): number => {
    const small = entry.readUInt32LE(at)
    return small === 0xffffffff ? Number(large.shift() ?? small) : small
  }
  const bytes = size(24)
  const packedBytes = size(20)
  return { isStored: method === 0, crc: entry.readUInt32LE(16), bytes, packedBytes, at: size(42) }
}

/** The sizes that do not fit where they should stand, in order. */
const largeSizes = (extra: Buffer): Array<bigint> => {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const count = Math.floor(Math.min(extra.readUInt16LE(at + 2), extra.length - at - 4) / 8)
    return Array.from({ length: count }, (_, index) => extra.readBigUInt64LE(at + 4 + 8 * index))
  }
  return []
}

const readPiece = (disk: FileSystem, path: string, from: number, length: number) =>
  Effect.map(Stream.runCollect(disk.stream(path, { offset: Size(from), bytesToRead: Size(length) })), (pieces) =>
    Buffer.concat([...pieces])
  )
