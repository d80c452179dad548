import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { done, json, parameter, type Route } from "../../http/exchange.ts"
import { refuse } from "../refusals.ts"
import type { Tenant } from "../tenant.ts"
import { type ApiRoute, readBody } from "../wire.ts"
import { applyRow } from "./apply-row.ts"
import { rowsOfBatch, type Version } from "./format.ts"

export interface BulkStandInSettings {
  /** Id of the source system of type D2L Standard CSV. */
  readonly sourceSystem: string
  readonly csvVersion: Version
  /** Seconds for which a signed address is good. */
  readonly signedSeconds: number
  /** `soon`: batches are worked off a moment after they came; `asked`: when `/sandbox/batches/work-off` says so. */
  readonly batches: "soon" | "asked"
}

/** Moment after which a batch is worked off, in milliseconds. */
const soonMilliseconds = 250

interface Batch {
  readonly name: string
  readonly zip: Buffer
  state: "waiting" | "refused" | "done"
  rows: number
  /** Why it was refused, or rows of it were. */
  errors: ReadonlyArray<string>
}

/** The stand-in of IPSIS batches: how they come in, and what becomes of them. */
export interface Batches {
  readonly api: ReadonlyArray<ApiRoute>
  /** The signed addresses: no token is asked for. */
  readonly uploads: ReadonlyArray<Route>
  readonly controls: ReadonlyArray<Route>
  readonly reset: () => void
}

/**
 * Batches of D2L Standard CSV. A signed address is good once and for a time. What is uploaded is answered for at once and
 * worked off later; nothing tells how it ended but IPSIS' own log, which the controls show.
 */
export const makeBatches = (origin: string, tenant: () => Tenant, settings: () => BulkStandInSettings): Batches => {
  let batches: Array<Batch> = []
  let addresses = new Map<string, { readonly name: string; readonly ends: number }>()

  const workOff = (): void => {
    for (const batch of batches.filter((one) => one.state === "waiting")) {
      const rows = rowsOfBatch(batch.zip, settings().csvVersion)
      if (typeof rows === "string") {
        batch.state = "refused"
        batch.errors = [rows]
        continue
      }
      batch.rows = rows.length
      batch.errors = rows.flatMap((row) => {
        const why = applyRow(tenant(), row)
        return why === null ? [] : [`${row.file}:${row.row}: ${why}`]
      })
      batch.state = "done"
    }
  }

  const shown = () => batches.map(({ errors, name, rows, state }) => ({ name, state, rows, errors }))

  return {
    api: [
      {
        method: "POST",
        product: "le",
        path: "/ipsis/upload/:sourceSystem/signedurl",
        scope: "ipsis:batch:upload",
        answer: (exchange) => {
          const { FileName } = readBody(Schema.Struct({ FileName: Schema.String }), exchange)
          if (parameter(exchange, "sourceSystem") !== settings().sourceSystem) {
            throw refuse(404, "There is no such source system.")
          }
          if (!/^D2LStdCSV-\d{14}\.zip$/.test(FileName)) throw refuse(400, "FileName is not that of a batch.")
          if (batches.some((batch) => batch.name === FileName)) throw refuse(400, "A batch has this name already.")
          const key = randomBytes(18).toString("base64url")
          addresses.set(key, { name: FileName, ends: Date.now() + settings().signedSeconds * 1000 })
          return json({ SignedUrl: `${origin}/ipsis-batches/${key}?X-Signature=${randomBytes(9).toString("hex")}` })
        }
      }
    ],
    uploads: [
      {
        method: "PUT",
        template: "/ipsis-batches/:key",
        answer: (exchange) => {
          // An address that is signed takes no other credentials.
          if (exchange.headers.authorization !== undefined) throw refuse(400, "Only one way to authorize is taken.")
          const key = parameter(exchange, "key")
          const address = addresses.get(key)
          if (address === undefined || Date.now() >= address.ends) throw refuse(403, "The address has expired.")
          addresses.delete(key)
          batches.push({ name: address.name, zip: exchange.bytes, state: "waiting", rows: 0, errors: [] })
          if (settings().batches === "soon") setTimeout(workOff, soonMilliseconds).unref()
          return done()
        }
      }
    ],
    controls: [
      { method: "GET", template: "/sandbox/batches", answer: () => json(shown()) },
      {
        method: "POST",
        template: "/sandbox/batches/work-off",
        answer: () => {
          workOff()
          return json(shown())
        }
      }
    ],
    reset: () => {
      batches = []
      addresses = new Map()
    }
  }
}
