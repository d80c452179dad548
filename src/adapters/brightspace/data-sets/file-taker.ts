import * as Effect from "effect/Effect"
import { Disk, storeError, type StoreError } from "../../../core/ports/disk.ts"
import type { BodyTaker } from "../../http/request.ts"

/** A taker that writes a body into a file which only its owner may read. */
export interface FileTaker {
  readonly taker: BodyTaker
  /** Bytes that lie in the file. */
  readonly taken: () => number
  /** The refusal of the disk, if it is why the request ended. */
  readonly refusal: () => StoreError | null
}

export const fileTaker = (path: string, largestBytes: number): Effect.Effect<FileTaker> =>
  Effect.map(Disk, (disk) => {
    let refusal: StoreError | null = null
    let taken = 0
    const write = (piece: Uint8Array, flag: "w" | "a"): Promise<void> =>
      Effect.runPromise(
        disk.writeFile(path, piece, { flag, mode: 0o600 }).pipe(
          Effect.mapError((error) => {
            refusal = storeError("write what is loaded", path, error)
            return refusal
          })
        )
      )
    return {
      taken: () => taken,
      refusal: () => refusal,
      taker: {
        largestBytes,
        begin: () => {
          taken = 0
          return write(new Uint8Array(), "w")
        },
        take: (piece) => {
          taken += piece.length
          return write(piece, "a")
        }
      }
    }
  })
