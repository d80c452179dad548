import { DuckDBInstance, LIST, VARCHAR } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import { mkdirSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { layer } from "../../src/adapters/oneroster/source.ts"
import { landCollection } from "../../src/extract/land.ts"
import { Source } from "../../src/core/ports/source.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { campusConnection } from "./connections.ts"
import { eachPage } from "./download.ts"
import { peakMegabytes, timed } from "./measure.ts"

/** Lands the users of a bench district once: `land.ts WAY PORT ROWS FOLDER`; prints seconds and peak memory. */
const [way = "", port = "", rows = "", folder = ""] = process.argv.slice(2)
const total = Number(rows)
const home = join(folder, `land-${way}`)
rmSync(home, { recursive: true, force: true })
mkdirSync(home, { recursive: true })

const pageRows = 1_000
const pages = Array.from({ length: Math.ceil(total / pageRows) + 1 }, (_, page) => page)
const users = { offsets: pages, pageRows }

/** Bytes to files as they arrive, then one `read_json` with explicit columns: the fastest that is known. */
const bare = async (): Promise<void> => {
  const files: Array<string> = []
  await eachPage(port, "users", users, async (bytes, page) => {
    const path = join(home, `${page}.json`)
    files.push(path)
    await writeFile(path, bytes)
  })
  const instance = await DuckDBInstance.create(join(home, "state.duckdb"))
  const connection = await instance.connect()
  await connection.run("SET preserve_insertion_order = false")
  const user =
    "STRUCT(sourcedId VARCHAR, status VARCHAR, dateLastModified VARCHAR, username VARCHAR, enabledUser VARCHAR, givenName VARCHAR, familyName VARCHAR, middleName VARCHAR, role VARCHAR, identifier VARCHAR, email VARCHAR, orgs STRUCT(sourcedId VARCHAR)[], agents STRUCT(sourcedId VARCHAR)[])[]"
  await connection.run(
    `CREATE TEMP TABLE users AS SELECT unnest(users, recursive := false) AS u FROM read_json([${files.map((file) => `'${file}'`).join(",")}], format = 'newline_delimited', columns = {users: '${user}'})`
  )
}

const rollbook = (): Promise<unknown> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({
          stateFile: join(home, "state.duckdb"),
          memoryLimit: null,
          threads: null
        })
        const source = yield* Source
        const directory = join(warehouse.folders.pages, "users")
        mkdirSync(directory, { recursive: true })
        const contract = oneRosterCollections.get("/users")
        if (contract === undefined) throw new Error("no contract")
        const pages = yield* source.read({
          dataset: "users",
          endpoint: "/users",
          filter: null,
          fields: [],
          directory,
          onProgress: () => undefined
        })
        const landing = yield* Effect.provideService(
          landCollection("users", contract, pages.files),
          Warehouse,
          warehouse
        )
        if (landing.kept !== total) throw new Error(`${landing.kept} rows landed of ${total}`)
      })
    ).pipe(Effect.provide(layer(campusConnection(port), "America/Chicago")))
  )

/** What a script does that has not thought about it: the same columns, row by row. */
const plainNode = async (): Promise<void> => {
  const instance = await DuckDBInstance.create(join(home, "state.duckdb"))
  const connection = await instance.connect()
  const texts = ["sourcedId", "status", "dateLastModified", "username", "enabledUser", "givenName", "familyName"]
  texts.push("middleName", "role", "identifier", "email")
  const lists = ["orgs", "agents"]
  const columns = [...texts.map((name) => `${name} VARCHAR`), ...lists.map((name) => `${name} VARCHAR[]`)]
  await connection.run(`CREATE TABLE users (${columns.join(", ")})`)
  const appender = await connection.createAppender("users")
  await eachPage(port, "users", users, (bytes) => {
    const page = JSON.parse(bytes.toString()) as { readonly users: ReadonlyArray<Record<string, unknown>> }
    for (const user of page.users) {
      for (const name of texts) {
        const value = user[name]
        if (typeof value === "string") appender.appendVarchar(value)
        else appender.appendNull()
      }
      for (const name of lists) {
        const refs = (user[name] ?? []) as ReadonlyArray<{ readonly sourcedId: string }>
        appender.appendList(
          refs.map((ref) => ref.sourcedId),
          LIST(VARCHAR)
        )
      }
      appender.endRow()
    }
  })
  appender.closeSync()
}

const run = { bare, rollbook, plainNode }[way]
if (run === undefined) throw new Error(`no way ${way}`)
const seconds = await timed(run)
rmSync(home, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ seconds, peakMegabytes: peakMegabytes() })}\n`)
process.exit(0)
