import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readFile } from "node:fs/promises"
import { basename, dirname, resolve as absolute } from "node:path"
import type { Diagnostic } from "../core/diagnostics.ts"
import { headerProblem, isHeaderName } from "../core/header.ts"
import { suggestion } from "../core/nearest.ts"
import { zoneDoubt } from "../core/zone-data.ts"
import { bindExpressions } from "./bind.ts"
import { keyProblems, valueProblems } from "./connection-problems.ts"
import { checkNames, type Offer } from "./check.ts"
import { checkTests } from "./check-tests.ts"
import type { BudgetSettings, Connection, Connections } from "../ports/connections.ts"
import { decodePipeline } from "./decode.ts"
import { refuseUnknownGuards } from "./decode-guards.ts"
import type { Definition } from "./definition.ts"
import { ConnectionsFile, type RawConnection } from "./connections-schema.ts"
import { filesNaming } from "./name-in.ts"
import { refuseUnknownBefore } from "./schedule.ts"
import { PipelineFile } from "./schema.ts"
import { keepProof, proofKey, wasProven } from "./proof.ts"
import { readTables } from "./tables.ts"
import { usedEntities } from "./uses.ts"
import { DefinitionInvalid, type Environment, fillIn, readSourceFile, type SourceFile } from "./source-file.ts"
import { validateForm } from "./validate.ts"

export interface LoadedDefinition {
  readonly definition: Definition
  readonly warnings: ReadonlyArray<Diagnostic>
}

/**
 * Reads a pipeline file and proves it: form, names, every expression. `shownAs` is how messages call the file.
 * Fails with every mistake found, not only the first.
 */
export const loadDefinition: (
  path: string,
  shownAs: string,
  offer: Offer,
  environment: Environment
) => Effect.Effect<LoadedDefinition, DefinitionInvalid> = Effect.fn("pipeline.load")(function* (
  path: string,
  shownAs: string,
  offer: Offer,
  environment: Environment
) {
  const source = yield* readText(path, shownAs)
  const problems: Array<Diagnostic> = []
  const filled = fillIn(source, source.value, ofPipelines(environment, offer.secrets), [], problems)
  const raw = yield* decoded(source, "pipeline", Schema.decodeUnknownEither(PipelineFile, strictly)(filled))
  const decodedForm = decodePipeline(source, raw, problems)
  refuseUnknownGuards(source, raw, problems)
  yield* refuseNameTwice(path, decodedForm.name, source, problems)
  yield* refuseUnknownBefore(path, decodedForm, source, problems)
  const { definition: own, tables } = yield* readTables(path, decodedForm, source, problems)
  const used = new Map([
    ...(yield* usedEntities(path, own, ofPipelines(environment, offer.secrets), source, problems)),
    ...tables
  ])
  const collections = new Map([...offer.collections, ...used])
  const named = { ...checkNames(source, own, { ...offer, collections }, problems), used }
  checkTests(source, named, collections, problems)
  yield* stopOn(problems)
  yield* prove(source, named, collections, environment)
  // Only who has every definition proven anew is told of warnings.
  const doubt = environment.proofs === undefined ? zoneDoubt(named.timezone, Date.now()) : null
  if (doubt !== null) {
    const hint = "every date and time here is told by the engine's; a newer Node may agree with it, or know better"
    problems.push(source.diagnostic(["timezone"], doubt, { hint, severity: "warning" }))
  }
  return { definition: named, warnings: problems }
})

/** Binds every expression, unless this very definition was proven before. */
const prove = Effect.fnUntraced(function* (
  source: SourceFile,
  definition: Definition,
  collections: Offer["collections"],
  { proofs }: Environment
) {
  const key = proofs === undefined ? null : proofKey(definition, collections)
  if (proofs !== undefined && key !== null && wasProven(proofs, definition.name, key)) return
  yield* stopOn(yield* bindExpressions(source, definition, collections))
  if (proofs !== undefined && key !== null) keepProof(proofs, definition, key)
})

/** What a pipeline may be filled from: it is shown to people as it is, and its text goes into statements and messages. */
const ofPipelines = (environment: Environment, secrets: ReadonlySet<string> = new Set()): Environment => ({
  ...environment,
  refuses: (kind, name) =>
    kind === "file"
      ? "a pipeline reads no files into its text"
      : secrets.has(name) || /SECRET|PASSWORD|PASSWD|CREDENTIAL|(PRIVATE|API|VENDOR)_?KEY$|TOKEN$/i.test(name)
        ? `${name} is a secret, and a pipeline is shown to people`
        : null
})

/** State is kept by the pipeline's name: of two files with one name, either would take what the other made for its own. */
const refuseNameTwice = Effect.fnUntraced(function* (
  path: string,
  name: string,
  source: SourceFile,
  problems: Array<Diagnostic>
) {
  const others = (yield* filesNaming(dirname(path), name)).filter((file) => file !== basename(path))
  if (others.length > 0) {
    problems.push(
      source.diagnostic(["pipeline"], `${others.join(" and ")} beside it is the pipeline ${name} too`, {
        hint: "give one of them another name, or move it out of this folder"
      })
    )
  }
})

/** Reads the connections of a workspace. A connection's variables are asked for when it is, secrets stay redacted. */
export const loadConnections: (
  path: string,
  shownAs: string,
  environment: Environment
) => Effect.Effect<Connections, DefinitionInvalid> = Effect.fn("pipeline.load-connections")(function* (
  path: string,
  shownAs: string,
  environment: Environment
) {
  const source = yield* readText(path, shownAs)
  const raw = yield* decoded(source, "connections", Schema.decodeUnknownEither(ConnectionsFile, strictly)(source.value))
  yield* stopOn(literalSecrets(source, raw.connections))
  return new Map(
    Object.entries(raw.connections).map(([name, connection]) => [
      name,
      () => resolve(source, name, connection, environment)
    ])
  )
})

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

const readText = (path: string, shownAs: string): Effect.Effect<SourceFile, DefinitionInvalid> =>
  Effect.gen(function* () {
    const bytes = yield* Effect.tryPromise({
      try: () => readFile(path),
      catch: () =>
        ofWholeFile(
          shownAs,
          "the file cannot be read",
          "`rollbook init` makes a workspace; --workspace names another one"
        )
    })
    const text = yield* Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () =>
        ofWholeFile(
          shownAs,
          "this is not UTF-8 text",
          "save it as UTF-8: Windows editors offer UTF-16 and ANSI beside it"
        )
    })
    const source = readSourceFile(shownAs, text)
    yield* stopOn(source.problems)
    return source
  })

const ofWholeFile = (file: string, message: string, hint: string): DefinitionInvalid =>
  new DefinitionInvalid({
    diagnostics: [{ severity: "error", file, line: 1, column: 1, length: 1, message, hint, text: "" }]
  })

/** A warning beside an error is most often its consequence. What an alias repeats is one mistake. */
const stopOn = (problems: ReadonlyArray<Diagnostic>): Effect.Effect<void, DefinitionInvalid> => {
  const errors = new Map(
    problems
      .filter((problem) => problem.severity === "error")
      .map((problem) => [`${problem.line}:${problem.column}:${problem.message}`, problem])
  )
  return errors.size > 0 ? Effect.fail(new DefinitionInvalid({ diagnostics: [...errors.values()] })) : Effect.void
}

const strictly = { onExcessProperty: "error" } as const

/**
 * A decoded file. Where it cannot be decoded, the JSON Schema of its form tells each mistake at its place: to compile that
 * takes longer than all else here, and a file without mistakes has no need of it.
 */
const decoded = <A>(
  source: SourceFile,
  form: "pipeline" | "connections",
  result: Either.Either<A, { readonly message: string }>
): Effect.Effect<A, DefinitionInvalid> =>
  Either.match(result, {
    onLeft: (error) => {
      const said = validateForm(source, form)
      return Effect.fail(
        new DefinitionInvalid({ diagnostics: said.length > 0 ? said : [source.diagnostic([], error.message)] })
      )
    },
    onRight: (value) => Effect.succeed(value)
  })

const secretKeys = ["client_secret", "consumer_secret", "private_key"] as const

/** The line is shown up to the secret, which goes into no log. */
const inTheOpen = (source: SourceFile, path: ReadonlyArray<string>): Diagnostic => {
  const said = source.diagnostic(path, "a secret stands here in the open", {
    hint: "write ${env:NAME} or ${file:PATH}"
  })
  return { ...said, text: `${said.text.slice(0, said.column - (said.textColumn ?? 1))}***`, length: 3 }
}

/** A default is written in the open as well. */
const isByReference = (value: string): boolean =>
  /\$\{(env|file):/.test(value) && !/\$\{env:[^}:]+:-[^}]+\}/.test(value)

const literalSecrets = (
  source: SourceFile,
  connections: Readonly<Record<string, RawConnection>>
): ReadonlyArray<Diagnostic> =>
  Object.entries(connections).flatMap(([name, connection]) => [
    ...secretKeys.flatMap((key) => {
      const value = connection.auth[key]
      return value === undefined || value === "" || isByReference(value)
        ? []
        : [inTheOpen(source, ["connections", name, "auth", key])]
    }),
    ...Object.entries(connection.gradebook_headers ?? {}).flatMap(([header, value]) =>
      isByReference(value) ? [] : [inTheOpen(source, ["connections", name, "gradebook_headers", header])]
    )
  ])

const resolve = (source: SourceFile, name: string, raw: RawConnection, environment: Environment): Connection => {
  const problems: Array<Diagnostic> = []
  const path = ["connections", name]
  problems.push(...keyProblems(source, name, raw))
  if (problems.length > 0) throw new DefinitionInvalid({ diagnostics: problems })
  const filled = fillIn(source, raw, environment, path, problems) as RawConnection
  problems.push(...valueProblems(source, name, filled))
  const need = (value: string | undefined, ...key: ReadonlyArray<string>): string => {
    // Of a variable that is not set it was said already, of a key that is not there by `keyProblems`.
    const isSaid = problems.some((problem) => problem.line === source.at([...path, ...key]).line)
    if (value === "" && !isSaid)
      problems.push(source.diagnostic([...path, ...key], `${key.join(".")} is missing`, { key: true }))
    return value ?? ""
  }
  /** A credential on one line: a line end at its end is a slip of whoever kept it, and would be sent along. */
  const credential = (value: string | undefined, ...key: ReadonlyArray<string>): string => {
    const given = need(value, ...key)
    if (/\p{Cc}/u.test(given)) {
      problems.push(
        source.diagnostic([...path, ...key], `${key.join(".")} holds a line end or another control character`, {
          hint: "give it on one line, without anything behind it"
        })
      )
    }
    return given
  }
  const header = (name: string, value: string): void => {
    const problem = isHeaderName(name) ? headerProblem(value) : "this is no name of a header"
    if (problem !== null) {
      problems.push(source.diagnostic([...path, "gradebook_headers", name], `gradebook_headers ${name}: ${problem}`))
    }
  }
  const url = (value: string, ...key: ReadonlyArray<string>): string => {
    const problem = value === "" ? null : urlProblem(value)
    if (problem !== null) problems.push(source.diagnostic([...path, ...key], problem))
    return value.replace(/\/+$/, "")
  }
  const auth = filled.auth
  const privateKey = (): string => {
    if (auth.private_key !== undefined && auth.private_key !== "") return auth.private_key
    const file = auth.private_key_file ?? ""
    const text = file === "" ? null : environment.readFile(file)
    if (text === null)
      problems.push(
        source.diagnostic([...path, "auth"], "no private key: neither private_key nor private_key_file gives one", {
          key: true
        })
      )
    return text ?? ""
  }
  const make = (): Connection => {
    if (filled.type === "oneroster") {
      return {
        type: "oneroster",
        name,
        profile: filled.profile ?? "infinite_campus",
        baseUrl: url(need(filled.base_url, "base_url"), "base_url"),
        auth:
          auth.type === "oauth1"
            ? {
                type: "oauth1",
                consumerKey: credential(auth.consumer_key, "auth", "consumer_key"),
                consumerSecret: Redacted.make(credential(auth.consumer_secret, "auth", "consumer_secret")),
                signatureMethod: auth.signature_method ?? "HMAC-SHA256"
              }
            : {
                type: "oauth2",
                tokenUrl: url(need(auth.token_url, "auth", "token_url"), "auth", "token_url"),
                clientId: credential(auth.client_id, "auth", "client_id"),
                clientSecret: Redacted.make(credential(auth.client_secret, "auth", "client_secret")),
                clientAuth: auth.client_auth ?? "basic",
                scope: auth.scope ?? []
              },
        gradebookHeaders: Object.fromEntries(
          Object.entries(filled.gradebook_headers ?? {}).map(([name, value]) => {
            header(name, value)
            return [name, Redacted.make(value)]
          })
        ),
        pageLimit: filled.paging?.limit ?? 10_000,
        timeoutSeconds: filled.timeout_seconds ?? defaultTimeoutSeconds,
        budget: budgetOf(filled, 4, 20)
      }
    }
    return {
      type: "brightspace",
      name,
      url: url(need(filled.url, "url"), "url"),
      auth:
        auth.type === "refresh_token"
          ? {
              type: "refresh_token",
              tokenUrl: url(need(auth.token_url, "auth", "token_url"), "auth", "token_url"),
              clientId: credential(auth.client_id, "auth", "client_id"),
              clientSecret: Redacted.make(credential(auth.client_secret, "auth", "client_secret")),
              tokenFile: fromDirectory(need(auth.token_file, "auth", "token_file"), environment),
              scope: auth.scope ?? []
            }
          : {
              type: "private_key_jwt",
              tokenUrl: url(need(auth.token_url, "auth", "token_url"), "auth", "token_url"),
              clientId: credential(auth.client_id, "auth", "client_id"),
              privateKey: Redacted.make(privateKey()),
              scope: auth.scope ?? []
            },
      versions: Object.fromEntries(
        Object.entries(filled.versions ?? {}).map(([product, floor]) => [product, floor.replace(/^>=\s*/, "")])
      ),
      relationships: {
        route: filled.relationships?.route ?? "off",
        parentField: filled.relationships?.parent_field ?? "ParentUserId",
        childField: filled.relationships?.child_field ?? "ChildUserId"
      },
      timeoutSeconds: filled.timeout_seconds ?? defaultTimeoutSeconds,
      budget: budgetOf(filled, 8, 80)
    }
  }
  const connection = make()
  if (problems.length > 0) throw new DefinitionInvalid({ diagnostics: problems })
  return connection
}

/** A path counts from the workspace, wherever the command was typed. */
const fromDirectory = (path: string, { directory }: Environment): string =>
  path === "" || directory === undefined ? path : absolute(directory, path)

/** Some endpoints of Infinite Campus need more than one minute. */
const defaultTimeoutSeconds = 120

const budgetOf = (raw: RawConnection, concurrency: number, requestsPerSecond: number): BudgetSettings => ({
  concurrency: raw.budget?.concurrency ?? concurrency,
  requestsPerSecond: raw.budget?.requests_per_second ?? requestsPerSecond,
  peak: raw.budget?.peak ?? null
})

/** Credentials travel over TLS; plain http is for this machine alone. */
const urlProblem = (text: string): string | null => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return "this is not an address"
  }
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback)
    ? null
    : "this must be an https address; http is for loopback alone"
}
