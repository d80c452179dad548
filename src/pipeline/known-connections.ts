import * as Effect from "effect/Effect"
import { isDay } from "../core/clock.ts"
import { textOnDisk } from "../core/ports/disk.ts"
import type { Connector } from "../core/ports/connector.ts"
import { connectionsJsonSchema } from "./json-schema.ts"
import { secretsIn } from "./secrets.ts"
import { readSourceFile } from "./source-file.ts"

/** A connections file as it stands, before any variable in it is filled in. */
export interface KnownConnections {
  /** Name to type, as they are written. */
  readonly types: ReadonlyMap<string, string>
  /** Name to the day on which its credentials end, where that is declared. */
  readonly ends: ReadonlyMap<string, string>
  /** Variables that hold secrets. */
  readonly secrets: ReadonlySet<string>
}

/** Null where the file cannot be read as connections: what is wrong with it is told by whoever loads it. */
export const knownConnections = (
  path: string,
  connectors: ReadonlyArray<Connector>
): Effect.Effect<KnownConnections | null> =>
  Effect.gen(function* () {
    const text = yield* Effect.orElseSucceed(textOnDisk("look for connections", path), () => null)
    const file = text === null ? null : readSourceFile(path, text).value
    const written = mapIn(file, "connections")
    if (written === null) return null
    const types = Object.keys(written).flatMap((name) => {
      const type = mapIn(written, name)?.["type"]
      return typeof type === "string" ? [[name, type] as const] : []
    })
    const ends = Object.keys(written).flatMap((name) => {
      const end = mapIn(written, name)?.["expires_on"]
      return typeof end === "string" && isDay(end) ? [[name, end] as const] : []
    })
    const variables = secretsIn(connectionsJsonSchema(connectors), file).flatMap(({ text: held }) =>
      [...held.matchAll(/\$\{env:([^}:]+)/g)].map(([, variable]) => variable ?? "")
    )
    return { types: new Map(types), ends: new Map(ends), secrets: new Set(variables) }
  })

const mapIn = (value: unknown, key: string): Readonly<Record<string, unknown>> | null => {
  const member = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : null
  return typeof member === "object" && member !== null && !Array.isArray(member)
    ? (member as Readonly<Record<string, unknown>>)
    : null
}
