import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { readSourceFile } from "./source-file.ts"

/** What a connections file says of itself before any variable of it is asked for. */
export interface KnownConnections {
  /** Name to type, as they are written. */
  readonly types: ReadonlyMap<string, string>
  /** Variables that hold secrets. */
  readonly secrets: ReadonlySet<string>
}

/** Null where the file cannot be read as connections: what is wrong with it is told by whoever loads it. */
export const knownConnections = (path: string): Effect.Effect<KnownConnections | null> =>
  Effect.promise(async () => {
    const text = await readFile(path, "utf8").catch(() => null)
    const written = text === null ? null : mapIn(readSourceFile(path, text).value, "connections")
    if (written === null) return null
    const types = new Map<string, string>()
    const secrets = new Set<string>()
    for (const name of Object.keys(written)) {
      const type = mapIn(written, name)?.["type"]
      if (typeof type === "string") types.set(name, type)
      const headers = mapIn(mapIn(written, name), "gradebook_headers") ?? {}
      const auth = mapIn(mapIn(written, name), "auth") ?? {}
      for (const held of [
        auth["client_secret"],
        auth["consumer_secret"],
        auth["private_key"],
        ...Object.values(headers)
      ])
        for (const [, variable] of String(held).matchAll(/\$\{env:([^}:]+)/g)) secrets.add(variable ?? "")
    }
    return { types, secrets }
  })

const mapIn = (value: unknown, key: string): Readonly<Record<string, unknown>> | null => {
  const member = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : null
  return typeof member === "object" && member !== null && !Array.isArray(member)
    ? (member as Readonly<Record<string, unknown>>)
    : null
}
