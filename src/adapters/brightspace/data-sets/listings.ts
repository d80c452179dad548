import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parse } from "csv-parse/sync"
import { join } from "node:path"
import { onDisk, removeAll, type StoreError } from "../../../core/ports/disk.ts"
import { type Listing, type ListingForm, Listings, type ListingsService } from "../../../core/ports/listings.ts"
import { SourceError } from "../../../core/ports/source.ts"
import { TargetError } from "../../../core/ports/target.ts"
import { makeTenant, type Tenant } from "../client.ts"
import { makeDirectory } from "../directory.ts"
import type { BrightspaceConnection } from "../settings.ts"
import { diskError, toSourceError } from "../source-error.ts"
import { asOf, choose, type Chosen } from "./choose.ts"
import { listedCollection } from "./collections.ts"
import { fileTaker } from "./file-taker.ts"
import { formOf } from "./forms.ts"
import { listedResource } from "./resources.ts"
import { unzipOne } from "./unzip.ts"
import { BdsExtract, BdsSet } from "./wire.ts"

/**
 * The Brightspace Data Sets of a tenant: files that it makes itself of all that it holds, a full one each week and a differential one
 * each day. Routes: `lp` datasets/bds, with the scope `datasets:bds:read`.
 */
export const listingsLayer = (
  connection: BrightspaceConnection,
  timezone: string
): Layer.Layer<Listings, SourceError> =>
  Layer.scoped(
    Listings,
    makeTenant({ ...connection, relationships: { ...connection.relationships, route: "off" } }, timezone).pipe(
      Effect.map(dataSetsOf),
      Effect.mapError(toSourceError)
    )
  )

/** The data sets, through a client that is there already. */
export const dataSetsOf = (tenant: Tenant): ListingsService => {
  const { roles } = makeDirectory(tenant)
  return {
    connection: tenant.connection.name,
    resource: (resource) => listedResource(resource, Effect.mapError(roles, toSourceError)),
    collection: listedCollection,
    download: (names, folder) =>
      Effect.flatMap(findListings(tenant, names), (found) =>
        Effect.forEach(found, (one) => fetchListing(tenant, one, folder))
      )
  }
}

const listPath = "/datasets/bds"

/** A data set with the extracts that count. */
export interface FoundListing {
  readonly form: ListingForm
  readonly chosen: Chosen
}

/** Finds which extracts of data sets count, without loading one. */
export const findListings = Effect.fn("brightspace.find-data-sets")(function* (
  tenant: Tenant,
  names: ReadonlyArray<string>
) {
  const sets = yield* Effect.mapError(
    tenant.askObjects(BdsSet, { product: "lp", method: "GET", path: listPath }),
    refused
  )
  return yield* Effect.forEach(names, (name) => {
    const form = formOf(name)
    if (form === null) throw new Error(`${name} is no data set that is known`)
    const set = sets.find((one) => one.Full?.Name === name)
    return set === undefined
      ? faulty(tenant, name, "NotFound", {
          detail: "there is no such data set",
          hint: "It is to be switched on in Brightspace, in the Data Hub, and the role of the user that the app runs as must be allowed to see it"
        })
      : findListing(tenant, form, set)
  })
})

const findListing = Effect.fnUntraced(function* (tenant: Tenant, form: ListingForm, set: BdsSet) {
  const path = `${listPath}/${encodeURIComponent(set.SchemaId)}/extracts`
  const extracts = yield* Effect.mapError(
    tenant.askObjects(BdsExtract, { product: "lp", method: "GET", path }),
    refused
  )
  const chosen = choose(extracts)
  if (chosen === null) {
    return yield* faulty(tenant, form.name, "NotFound", {
      detail: "no full extract of it was made yet",
      hint: "Brightspace makes the first one within a week after the data set was switched on"
    })
  }
  const found: FoundListing = { form, chosen }
  return found
})

const fetchListing = Effect.fn("brightspace.fetch-data-set")(function* (
  tenant: Tenant,
  { chosen, form }: FoundListing,
  folder: string
) {
  const files = yield* Effect.forEach([chosen.full, ...chosen.after], (extract, index) =>
    Effect.map(
      fetchFile(tenant, form, extract, join(folder, `${form.name.toLowerCase().replaceAll(" ", "-")}-${index + 1}`)),
      ({ header, name, path: csv }) => ({
        name,
        path: csv,
        header,
        asOf: asOf(extract)
      })
    )
  )
  const listing: Listing = { form, files, doubt: chosen.doubt }
  return listing
})

/** Bytes that an extract may have, packed and unpacked: that of 150 million rows, the most that Brightspace writes, with room to spare. */
const [largestZip, largestCsv] = [20_000_000_000, 200_000_000_000]

/** A text packs to a tenth or a thirtieth; what grows more than so many times was packed to fill a disk. */
const mostGrowth = 200

const fetchFile = Effect.fnUntraced(function* (tenant: Tenant, form: ListingForm, extract: BdsExtract, path: string) {
  const name = `${form.name}, ${extract.BdsType.toLowerCase()} extract of ${extract.CreatedDate}`
  const fault = (detail: string) =>
    faulty(tenant, name, "Malformed", { detail, hint: "Nothing of it was taken: it is to be made again" })
  const onThisDisk = ({ message }: StoreError) => diskError(tenant.connection.name, name, message)
  if (!(extract.DownloadSize >= 0 && extract.DownloadSize <= largestZip)) {
    return yield* fault(`it is said to have ${extract.DownloadSize} bytes, and at most ${largestZip} are loaded`)
  }
  const [zip, csv] = [`${path}.zip`, `${path}.csv`]
  const { refusal, taken, taker } = yield* fileTaker(zip, extract.DownloadSize)
  yield* Effect.mapError(tenant.fetchFile(extract.DownloadLink, taker), (error) => {
    const store = refusal()
    return store === null ? refused(error) : onThisDisk(store)
  })
  if (taken() !== extract.DownloadSize) {
    return yield* fault(`it has ${taken()} bytes, and is said to have ${extract.DownloadSize}`)
  }
  const most = Math.min(largestCsv, Math.max(1_048_576, extract.DownloadSize * mostGrowth))
  const unzipped = yield* Effect.mapError(
    Effect.zipLeft(
      unzipOne(zip, csv, most),
      onDisk("remove what is unpacked", zip, (disk) => removeAll(disk, zip))
    ),
    onThisDisk
  )
  if ("fault" in unzipped) return yield* fault(unzipped.fault)
  const header = headerOf(unzipped.firstLine)
  if (header === null) return yield* fault("line 1 is no line of a CSV file")
  const twice = header.find((column, index) => header.indexOf(column) !== index)
  if (twice !== undefined) return yield* fault(`line 1 names the column ${twice.slice(0, 60)} twice`)
  const missing = form.columns.filter((column) => column.required && !header.includes(column.name))
  if (missing.length > 0) {
    return yield* fault(`line 1 lacks ${missing.map((column) => column.name).join(", ")}, by which it is read`)
  }
  return { name, path: csv, header }
})

const headerOf = (line: string): ReadonlyArray<string> | null => {
  try {
    const [cells] = parse(line, { bom: true }) as ReadonlyArray<ReadonlyArray<string>>
    return cells ?? null
  } catch {
    return null
  }
}

/** A refusal that says which scope is asked for. */
const refused = (error: TargetError): SourceError =>
  toSourceError(error.reason === "Forbidden" ? needing(error) : error)

const needing = ({ connection, detail, reason, request, said, status }: TargetError): TargetError =>
  new TargetError({
    reason,
    connection,
    request,
    detail,
    hint: "The app needs the scope datasets:bds:read, and the role of the user it runs as must be allowed to see Brightspace Data Sets",
    ...(status === undefined ? {} : { status }),
    ...(said === undefined ? {} : { said })
  })

const faulty = (
  tenant: Tenant,
  request: string,
  reason: "NotFound" | "Malformed",
  said: Pick<SourceError, "detail" | "hint">
): SourceError => new SourceError({ reason, connection: tenant.connection.name, request, ...said })
