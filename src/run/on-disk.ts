import * as Effect from "effect/Effect"
import { WarehouseError, type WarehouseReason } from "../ports/warehouse.ts"

/**
 * Work on a file or folder of the workspace. Fails with what was to be done, the path, and what the system says of it:
 * some of its errors, of a disk that is full, name none.
 */
export const onDisk = <A>(what: string, path: string, work: () => Promise<A>): Effect.Effect<A, WarehouseError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => {
      const { code, message } = error as NodeJS.ErrnoException
      // What is none of the system's may quote what was read.
      const said = typeof code === "string" ? message : `it is not what was expected there (${nameOf(error)})`
      const reason = reasons.get(code) ?? "Missing"
      return new WarehouseError({ reason, statement: what, detail: said.includes(path) ? said : `${path}: ${said}` })
    }
  })

const reasons: ReadonlyMap<string | undefined, WarehouseReason> = new Map([
  ["ENOSPC", "DiskFull"],
  ["EDQUOT", "DiskFull"],
  ["EACCES", "Closed"],
  ["EPERM", "Closed"],
  ["EROFS", "Closed"]
])

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
