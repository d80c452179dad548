import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { loaded } from "../core/lazily.ts"
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path"
import { dayIn, isDay } from "../core/clock.ts"
import { suggestion } from "../core/nearest.ts"
import type { Installations } from "../pipeline/access-settings.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { LoadedDefinition } from "../pipeline/load-definition.ts"
import type { ProofStore } from "../pipeline/proof.ts"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import { pipelineNameIn, yamlFilesIn } from "../pipeline/name-in.ts"
import type { DefinitionInvalid, Environment } from "../pipeline/source-file.ts"
import type { Connection, Connections } from "../core/ports/connections.ts"
import { type StoreError, textOnDisk } from "../core/ports/disk.ts"
import type { BindError } from "../pipeline/bind-engine.ts"
import { Adapters } from "./adapters.ts"
import { UsageError } from "./exit.ts"
import { dotenvIn, proofsIn, textAtHand } from "./files-at-hand.ts"
import { refuseUnknown } from "./known.ts"
import { obeying } from "./switches.ts"
import { type RunClock } from "../core/run-clock.ts"

/** Loaded when a definition is: `--help` must not pay for YAML and schemas. */
const language = loaded(() => import("../pipeline/load-definition.ts"))
const connectionsLanguage = loaded(() => import("../pipeline/load-connections.ts"))

/** A folder with pipelines and the state of their runs. */
export interface Workspace {
  readonly directory: string
  readonly stateFile: string
  readonly plansFolder: string
  readonly journalFolder: string
  /** The trail of who was shown personal data. */
  readonly auditFile: string
  readonly environment: Environment
  readonly proofs: ProofStore
}

export interface WorkspaceChoice {
  readonly workspace: string
  readonly state: string | null
}

/** Nothing is created: a folder that is not there is only complained of when something in it is needed. */
export const openWorkspace = (choice: WorkspaceChoice): Workspace => {
  const directory = resolve(choice.workspace)
  const dotenv = dotenvIn(directory)
  const variable = (name: string): string | undefined => process.env[name] ?? dotenv[name]
  const chosen = choice.state ?? variable("ROLLBOOK_STATE")
  const stateFile = chosen === undefined ? join(directory, ".rollbook", "state.duckdb") : resolve(chosen)
  const home = dirname(stateFile)
  return {
    directory,
    stateFile,
    plansFolder: join(home, "plans"),
    journalFolder: join(home, "journal"),
    auditFile: join(home, "audit.ndjson"),
    environment: {
      variable,
      readFile: (path) => textAtHand(isAbsolute(path) ? path : join(directory, path)),
      directory
    },
    proofs: proofsIn(home)
  }
}

/** The file that names the connected systems. */
export const connectionsFile = (workspace: Workspace): string =>
  join(workspace.directory, "pipelines", "connections.yaml")

/** The file of connections lies beside the pipelines, and is none: a pattern such as `pipelines/*.yaml` names it too. */
const isConnectionsFile = (path: string): boolean => /^connections\.ya?ml$/.test(basename(path))

/** Pipeline files of a workspace, by path. */
const pipelineFiles = (workspace: Workspace): Effect.Effect<ReadonlyArray<string>, StoreError> => {
  const folder = join(workspace.directory, "pipelines")
  return Effect.map(yamlFilesIn(folder), (names) =>
    names.filter((name) => !isConnectionsFile(name)).map((name) => join(folder, name))
  )
}

/** The pipeline files a command was given, or all of the workspace when none was; without any there is nothing to do. */
export const chosenPipelineFiles = (
  workspace: Workspace,
  given: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, UsageError | StoreError> =>
  Effect.gen(function* () {
    const named = given.filter((file) => !isConnectionsFile(file)).map((file) => resolve(file))
    const chosen = named.length > 0 ? named : yield* pipelineFiles(workspace)
    if (chosen.length > 0) return chosen
    return yield* new UsageError({
      detail: `no pipeline files in ${workspace.directory}`,
      hint: "`rollbook init` makes a workspace; --workspace names another one"
    })
  })

/** The file of a pipeline named by its `pipeline:` key, its file name or its path. */
export const pipelineFile = (workspace: Workspace, name: string): Effect.Effect<string, UsageError | StoreError> =>
  Effect.gen(function* () {
    if (/\.ya?ml$/.test(name)) return resolve(name)
    const files = yield* pipelineFiles(workspace)
    const named = yield* Effect.forEach(files, (file) =>
      Effect.map(textOnDisk("look for the pipeline", file), (text) => ({
        file,
        names: [pipelineNameIn(text ?? ""), basename(file).replace(/\.ya?ml$/, "")]
      }))
    )
    const found = named.find(({ names }) => names[0] === name) ?? named.find(({ names }) => names.includes(name))
    if (found !== undefined) return found.file
    return yield* new UsageError({
      detail: `there is no pipeline ${name} in ${join(workspace.directory, "pipelines")}`,
      hint:
        files.length === 0
          ? "`rollbook init` makes a workspace; --workspace names another one"
          : suggestion(name, new Set(named.flatMap(({ names }) => names)))
    })
  })

/** A definition as it holds, and as its file says: without what was set beside it. */
export interface LoadedPipeline extends LoadedDefinition {
  readonly written: Definition
}

/** Reads and proves one pipeline file; `anew` = whether or not it was proven before, and with all warnings. */
export const loadPipelineFile = (
  workspace: Workspace,
  file: string,
  how: "anew" | "once" = "once"
): Effect.Effect<LoadedPipeline, DefinitionInvalid | StoreError | BindError, Adapters> =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const { loadDefinition } = yield* language
    const { knownConnections } = yield* loaded(() => import("../pipeline/known-connections.ts"))
    const { offerOf } = yield* loaded(() => import("../pipeline/offer.ts"))
    const connectors = yield* adapters.connectors
    const known = yield* knownConnections(connectionsFile(workspace), connectors)
    const environment = how === "anew" ? workspace.environment : { ...workspace.environment, proofs: workspace.proofs }
    const installations = Effect.provideService(installationsOf(workspace), Adapters, adapters)
    const offer = { ...offerOf(connectors, known), installations }
    const read = yield* loadDefinition(file, shownPath(file), offer, environment)
    return { ...read, definition: yield* obeying(workspace, read.definition), written: read.definition }
  })

/** Reads and proves a pipeline by name. */
export const loadPipeline = (
  workspace: Workspace,
  name: string
): Effect.Effect<LoadedPipeline, DefinitionInvalid | UsageError | StoreError | BindError, Adapters> =>
  Effect.flatMap(pipelineFile(workspace, name), (file) => loadPipelineFile(workspace, file))

export const loadWorkspaceConnections = (
  workspace: Workspace
): Effect.Effect<Connections, DefinitionInvalid, Adapters> =>
  Effect.gen(function* () {
    const connectors = yield* (yield* Adapters).connectors
    const { loadConnections } = yield* connectionsLanguage
    const file = connectionsFile(workspace)
    return yield* loadConnections(file, shownPath(file), connectors, workspace.environment)
  })

/**
 * The installations that the connections of a workspace lead to, by the name of the connection. One of which a variable is not
 * set here leads, as far as is known, to none of the others'. Null where there are no connections that could be read.
 */
export const installationsOf = (workspace: Workspace): Effect.Effect<Installations | null, never, Adapters> =>
  Effect.gen(function* () {
    const connectors = yield* (yield* Adapters).connectors
    const connections = yield* loadWorkspaceConnections(workspace)
    return new Map(
      yield* Effect.forEach(connections.keys(), (name) =>
        Effect.map(Effect.option(workspaceConnection(connections, name)), (found) => {
          const connection = found._tag === "Some" ? found.value : null
          const connector = connectors.find(({ type }) => type === connection?.type)
          const address = connection === null ? null : (connector?.installation?.(connection) ?? null)
          return [
            name,
            {
              id: address === null ? `connection ${name}` : `${connector?.type} ${address}`,
              address,
              hasPeople: connection === null ? null : connector?.people !== undefined
            }
          ] as const
        })
      )
    )
  }).pipe(Effect.orElseSucceed(() => null))

/**
 * How the workspace runs unattended: its `service.yaml`, or the defaults where there is none; held against what its connections
 * lead to, where that is given.
 */
export const loadServiceSettings = (
  workspace: Workspace,
  installations: Installations | null = null
): Effect.Effect<ServiceSettings, DefinitionInvalid | StoreError> =>
  Effect.gen(function* () {
    const file = join(workspace.directory, "service.yaml")
    const { loadService } = yield* loaded(() => import("../pipeline/load-service.ts"))
    return yield* loadService(file, shownPath(file), workspace.environment, installations)
  })

/** Connections of the workspace to the day on which their credentials end, where that is declared. */
export const credentialEnds = (workspace: Workspace): Effect.Effect<ReadonlyMap<string, string>, never, Adapters> =>
  Effect.gen(function* () {
    const { knownConnections } = yield* loaded(() => import("../pipeline/known-connections.ts"))
    const { connectors } = yield* Adapters
    return (yield* knownConnections(connectionsFile(workspace), yield* connectors))?.ends ?? new Map<string, string>()
  })

/** One connection of a workspace, its variables filled in. */
export const workspaceConnection = (
  connections: Connections,
  name: string
): Effect.Effect<Connection, DefinitionInvalid> =>
  Effect.flatMap(connectionsLanguage, ({ connectionNamed }) => connectionNamed(connections, name))

/** The connection that a command was given by name. */
export const connectionGiven = (
  workspace: Workspace,
  name: string
): Effect.Effect<Connection, DefinitionInvalid | UsageError, Adapters> =>
  Effect.gen(function* () {
    const connections = yield* loadWorkspaceConnections(workspace)
    yield* refuseUnknown("connection", name, [...connections.keys()])
    return yield* workspaceConnection(connections, name)
  })

/** A path as people see it: from where they stand. */
export const shownPath = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near === "" || near.startsWith("..") ? path : near
}

/** The date and moment a run stands for. */
export const clockFor = (definition: Definition, asOf: string | null): Effect.Effect<RunClock, UsageError> =>
  Effect.gen(function* () {
    if (asOf !== null && !isDay(asOf)) {
      return yield* new UsageError({ detail: `--as-of ${asOf} is not a date`, hint: "write it as 2026-10-01" })
    }
    const now = new Date(yield* Clock.currentTimeMillis)
    return { asOf: asOf ?? dayIn(now, definition.timezone), now: now.toISOString() }
  })
