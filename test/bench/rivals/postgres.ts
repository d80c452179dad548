import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isUsed, type Rival } from "./records.ts"
import { differing, entities, prepared } from "./sql.ts"

/** The pages as they came go in by COPY; everything else is SQL within the server. */
export const postgres: Rival = async ({ downloaded, folder }) => {
  const psql = spawn("psql", ["-qAtX", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "bench", "-d", "postgres"], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  let out = ""
  psql.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
  const write = async (text: string): Promise<void> => {
    if (!psql.stdin.write(text)) await once(psql.stdin, "drain")
  }
  await write(
    "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS kept (entity TEXT, key TEXT, value TEXT);\n"
  )
  const pages: Record<string, Array<string>> = {}
  await downloaded((name, bytes) => {
    // A page is one line of JSON; the text format of COPY wants its backslashes doubled.
    if (isUsed(name)) (pages[name] ??= []).push(bytes.toString().replaceAll("\\", "\\\\"))
  })
  for (const [name, of] of Object.entries(pages)) {
    await write(`CREATE TEMP TABLE page_${name} (page JSONB);\nCOPY page_${name} FROM STDIN;\n`)
    for (const page of of) await write(`${page}\n`)
    await write("\\.\n")
    of.length = 0
  }
  const rows = (name: string): string => `page_${name}, jsonb_array_elements(page -> '${name}') AS r`
  const texts = (...names: ReadonlyArray<string>): string => names.map((name) => `r ->> '${name}'`).join(", ")
  const id = (name: string): string => `r -> '${name}' ->> 'sourcedId'`
  const made: Readonly<Record<string, string>> = {
    "users (id, status, username, given, family, role, identifier, email)": `SELECT ${texts("sourcedId", "status", "username", "givenName", "familyName", "role", "identifier", "email")} FROM ${rows("users")}`,
    "user_orgs (user_id, org)": `SELECT r ->> 'sourcedId', o ->> 'sourcedId' FROM ${rows("users")}, jsonb_array_elements(r -> 'orgs') AS o`,
    "agents (user_id, agent)": `SELECT r ->> 'sourcedId', a ->> 'sourcedId' FROM ${rows("users")}, jsonb_array_elements(r -> 'agents') AS a`,
    "courses (id, title, code)": `SELECT ${texts("sourcedId", "title", "courseCode")} FROM ${rows("courses")}`,
    "classes (id, title, code, course, term)": `SELECT ${texts("sourcedId", "title", "classCode")}, ${id("course")}, r -> 'terms' -> 0 ->> 'sourcedId' FROM ${rows("classes")}`,
    "enrollments (id, status, user_id, class, role)": `SELECT ${texts("sourcedId", "status")}, ${id("user")}, ${id("class")}, ${texts("role")} FROM ${rows("enrollments")}`
  }
  const tables = [...Object.entries(made), ...Object.entries(prepared)]
  for (const [table, sql] of tables) await write(`CREATE TEMP TABLE ${table} AS ${sql};\n`)
  for (const [table] of tables) await write(`ANALYZE ${table.split(" ")[0] ?? ""};\n`)
  const all = Object.entries(entities).map(([entity, sql]) => `SELECT '${entity}', key, value FROM (${sql}) AS one`)
  await write(
    `CREATE TEMP TABLE now (entity, key, value) AS ${all.join(" UNION ALL ")};\nANALYZE now;\n${differing};\n`
  )
  await write("BEGIN; TRUNCATE kept; INSERT INTO kept SELECT * FROM now; COMMIT; ANALYZE kept;\n")
  psql.stdin.end()
  const [code] = (await once(psql, "close")) as [number | null]
  if (code !== 0) throw new Error(`psql ended with ${code}`)
  return Number(out.trim().split("\n").at(-1))
}

export interface Server {
  /** `postgres` in it has the socket by which the server is reached. */
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** A server of its own with its data in a folder that goes with it; null where PostgreSQL is not installed. */
export const startPostgres = async (): Promise<Server | null> => {
  const bin = (name: string): string => {
    try {
      return join(execFileSync("pg_config", ["--bindir"], { encoding: "utf8", stdio: "pipe" }).trim(), name)
    } catch {
      return name
    }
  }
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? userOf("postgres") : undefined
  const folder = mkdtempSync(join(tmpdir(), "rollbook-bench-postgres-"))
  const home = join(folder, "postgres")
  mkdirSync(home)
  chmodSync(folder, 0o711)
  if (user !== undefined) chownSync(home, user.uid, user.gid)
  const data = join(home, "data")
  try {
    execFileSync(bin("initdb"), ["-D", data, "-U", "bench", "--auth=trust", "--no-sync"], {
      ...user,
      cwd: "/",
      stdio: "pipe"
    })
  } catch (error) {
    process.stderr.write(`PostgreSQL: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : ""}\n`)
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const settings = ["-c", "listen_addresses=", "-c", "shared_buffers=512MB", "-c", "work_mem=256MB", "-c", "jit=off"]
  const server = spawn(bin("postgres"), ["-D", data, "-k", home, ...settings], { ...user, cwd: "/", stdio: "ignore" })
  const isUp = (): boolean => {
    try {
      execFileSync("psql", ["-qAtX", "-h", home, "-U", "bench", "-d", "postgres", "-c", "SELECT 1"], { stdio: "pipe" })
      return true
    } catch {
      return false
    }
  }
  for (let tries = 0; !isUp(); tries++) {
    if (tries > 100 || server.exitCode !== null) throw new Error("PostgreSQL does not come up")
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return {
    folder,
    stop: async () => {
      server.kill("SIGINT")
      await once(server, "exit")
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const userOf = (name: string): { readonly uid: number; readonly gid: number } | undefined => {
  const [, , uid, gid] =
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .find(([user]) => user === name) ?? []
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}
