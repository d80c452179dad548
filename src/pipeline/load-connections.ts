import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { resolve as absolute } from "node:path"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { Connection, Connections } from "../core/ports/connections.ts"
import type { Connector } from "../core/ports/connector.ts"
import { connectionsJsonSchema } from "./json-schema.ts"
import { ofWholeFile, readYamlFile, stopOn } from "./read-file.ts"
import { describedValues } from "./schema-node.ts"
import { isByReference, secretsIn } from "./secrets.ts"
import { DefinitionInvalid, type Environment, fillIn, type Path, type SourceFile } from "./source-file.ts"
import { validateForm } from "./validate.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/** Reads the connections of a workspace. A connection's variables are asked for when it is, secrets stay redacted. */
export const loadConnections = Effect.fn("pipeline.load-connections")(function* (
  path: string,
  shownAs: string,
  connectors: ReadonlyArray<Connector>,
  environment: Environment
): Doing<Connections, DefinitionInvalid> {
  const source = yield* readYamlFile(path, shownAs)
  const form = connectionsJsonSchema(connectors)
  const written = Schema.decodeUnknownEither(ManyConnections, strictly)(source.value)
  if (Either.isLeft(written)) {
    return yield* new DefinitionInvalid({ diagnostics: validateForm(source, form) })
  }
  yield* stopOn(
    secretsIn(form, source.value).flatMap((one) => (isByReference(one.text) ? [] : inTheOpen(source, one.path)))
  )
  return new Map(
    Object.keys(written.right.connections).map((name) => [
      name,
      () => resolve({ source, form, name, connectors, environment })
    ])
  )
})

/** Checks that concern the file as a whole, made before any of its connections is looked at. */
const ManyConnections = Schema.Struct({ connections: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })

const strictly = { onExcessProperty: "error" } as const

/** The named connection; fails where there is none, or a variable of it is not set. */
export const connectionNamed = (connections: Connections, name: string): Effect.Effect<Connection, DefinitionInvalid> =>
  Effect.suspend(() => {
    const make = connections.get(name)
    if (make === undefined) {
      return Effect.fail(
        ofWholeFile("connections.yaml", `there is no connection ${name}`, suggestion(name, connections.keys()))
      )
    }
    return Effect.try({
      try: make,
      catch: (error) => (error instanceof DefinitionInvalid ? error : new DefinitionInvalid({ diagnostics: [] }))
    })
  })

/** The line is shown up to the secret, which goes into no log. */
export const inTheOpen = (source: SourceFile, path: Path): Diagnostic => {
  const said = source.diagnostic(path, "a secret stands here in the open", {
    hint: "write ${env:NAME} or ${file:PATH}"
  })
  return { ...said, text: `${said.text.slice(0, said.column - (said.textColumn ?? 1))}***`, length: 3 }
}

const resolve = ({
  source,
  form,
  name,
  connectors,
  environment
}: {
  readonly source: SourceFile
  readonly form: object
  readonly name: string
  readonly connectors: ReadonlyArray<Connector>
  readonly environment: Environment
}): Connection => {
  const path = ["connections", name]
  const raw = (source.value as { readonly connections: Readonly<Record<string, unknown>> }).connections[name]
  const type = (raw as { readonly type?: unknown } | null)?.type
  const connector = connectors.find((one) => one.type === type)
  if (
    connector === undefined ||
    Either.isLeft(Schema.decodeUnknownEither(Schema.encodedSchema(connector.settings.schema), strictly)(raw))
  ) {
    throw new DefinitionInvalid({ diagnostics: validateForm(source, form, path) })
  }
  const problems: Array<Diagnostic> = []
  const told = (at: Path, message: string, options: { readonly hint?: string; readonly key?: boolean } = {}): void => {
    // A variable that is not set was complained of already.
    const { column, line } = source.at([...path, ...at])
    const isSaid = problems.some((one) => one.line === line && one.column === column)
    if (!isSaid) problems.push(source.diagnostic([...path, ...at], message, options))
  }
  const filled = fillIn({ source, value: raw, environment, path, problems })
  for (const keys of emptyKeys(form, name, filled))
    told(keys, tell("record.missing-column", { field: keys.join(".") }), { key: true })
  const decoded = Schema.decodeUnknownEither(connector.settings.schema, { ...strictly, errors: "all" })(filled)
  if (Either.isLeft(decoded)) {
    for (const issue of ParseResult.ArrayFormatter.formatErrorSync(decoded.left)) {
      // In words of its key alone: those of the decoder quote the value, which may be a secret.
      const [message = "", hint = ""] = issue.message.startsWith("Expected ") ? [notDecoded] : issue.message.split("\n")
      const keys = issue.path.map(String)
      told(keys, message.replace("{key}", keys.join(".")), { hint })
    }
    throw new DefinitionInvalid({ diagnostics: problems })
  }
  const connection = connector.settings.make(decoded.right, {
    name,
    readFile: environment.readFile,
    absolute: (file) =>
      file === "" || environment.directory === undefined ? file : absolute(environment.directory, file),
    complain: (keys, message) => told(keys, message, { key: true })
  })
  if (problems.length > 0) throw new DefinitionInvalid({ diagnostics: problems })
  return connection
}

const notDecoded = "this is not what belongs here"

/** Keys of a connection that must be there, and hold nothing once their variables are filled in. */
const emptyKeys = (form: object, name: string, filled: unknown): ReadonlyArray<ReadonlyArray<string>> =>
  describedValues(form, { connections: { [name]: filled } }).flatMap(({ isRequired, path, value }) =>
    isRequired && value === "" ? [path.slice(2)] : []
  )
