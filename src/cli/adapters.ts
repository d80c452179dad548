import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Connection } from "../core/ports/connections.ts"
import type { Connector } from "../core/ports/connector.ts"
import type { Journal } from "../core/ports/journal.ts"
import type { Listings } from "../core/ports/listings.ts"
import type { AlertWays, Messenger } from "../core/ports/messenger.ts"
import type { People } from "../core/ports/people.ts"
import type { Probed, ProbeWish } from "../core/ports/probe.ts"
import type {
  ApprovalAsked,
  ApprovalEnded,
  CarriesOut,
  CommandAsked,
  CommandSaid,
  Runner,
  RunnerOptions,
  TakingIn
} from "../core/ports/runner.ts"
import type { Source, SourceError } from "../core/ports/source.ts"
import type { TargetError, TargetReader, TargetWriter } from "../core/ports/target.ts"
import type { EngineLimits, Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import type { NightLanguage } from "../pipeline/night-languages.ts"
import type { NightSpeech } from "../service/night-words.ts"
import type { UsageError } from "./exit.ts"

/** A rehearsal district, served until its scope ends. */
export interface RunningSandbox {
  readonly campusUrl: string
  readonly brightspaceUrl: string
  /** The variables that the shipped connections.yaml asks for. */
  readonly environment: Readonly<Record<string, string>>
}

export interface SandboxRequest {
  /** Folder or zip of OneRoster 1.1 CSV files; null = the invented district that rollbook carries. */
  readonly data: string | null
  /** 0 = any free port. */
  readonly campusPort: number
  readonly brightspacePort: number
  readonly asOf: string | null
  /** Faults from the start, as `POST /sandbox/faults` takes them. */
  readonly faults: ReadonlyArray<unknown>
}

/** The adapters, as the composition root hands them to the commands; each is loaded when it is asked for. */
export interface AdaptersService {
  /** The systems that rollbook speaks to, in the order in which they are told of. */
  readonly connectors: Effect.Effect<ReadonlyArray<Connector>>
  readonly warehouse: (stateFile: string, limits: EngineLimits) => Layer.Layer<Warehouse, WarehouseError>
  /** The same state for what only reads: while another process holds it, that process is asked. */
  readonly warehouseToRead: AdaptersService["warehouse"]
  readonly journal: (folder: string) => Layer.Layer<Journal>
  readonly source: (connection: Connection, timezone: string) => Layer.Layer<Source, SourceError | UsageError>
  readonly targetReader: (
    connection: Connection,
    timezone: string
  ) => Layer.Layer<TargetReader, TargetError | UsageError>
  readonly targetWriter: (
    connection: Connection,
    timezone: string
  ) => Layer.Layer<TargetWriter, TargetError | UsageError>
  /** The files in which a system lists what it holds. */
  readonly listings: (connection: Connection, timezone: string) => Layer.Layer<Listings, SourceError | UsageError>
  /** Carries out runs as processes of their own. */
  readonly runner: (options: RunnerOptions) => Layer.Layer<Runner>
  /**
   * Takes in what the service that began this process asks for meanwhile, or, where none did, approvals at a socket; null where
   * nobody can ask.
   */
  readonly takeIn: (carriesOut: CarriesOut, socket: string | null) => Effect.Effect<TakingIn | null, never, Scope.Scope>
  /** Runs a command line of this program in a process of its own. */
  readonly ask: (
    command: RunnerOptions["command"],
    words: ReadonlyArray<string>
  ) => Effect.Effect<{ readonly code: number; readonly stdout: string }>
  /**
   * Begins a command line of this program that goes on, on this terminal, with variables beside those of this process; the
   * end of the scope asks it to end. Gives its exit code, as soon as it has one.
   */
  readonly begin: (
    command: RunnerOptions["command"],
    words: ReadonlyArray<string>,
    environment: Readonly<Record<string, string>>
  ) => Effect.Effect<Effect.Effect<number>, never, Scope.Scope>
  /**
   * Hands a command over to the process that answers at a socket; gives its exit code, "gone" where that process ended first,
   * null where it cannot be asked.
   */
  readonly handOver: (
    socket: string,
    asked: CommandAsked,
    hear: (said: CommandSaid) => void
  ) => Effect.Effect<number | "gone" | null>
  /** Lets the run at work of the process that answers at a socket take an approval in; null where that is not so, or not known. */
  readonly handOverApproval: (socket: string, asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
  /** The sentences of the pages about a plan, in a language, for texts that are written elsewhere. */
  readonly inLanguage: (language: NightLanguage) => Effect.Effect<Omit<NightSpeech, "words">>
  /** How people are told of what goes on unattended. */
  readonly messenger: (ways: AlertWays) => Layer.Layer<Messenger>
  readonly sandbox: (request: SandboxRequest) => Effect.Effect<RunningSandbox, Error, Scope.Scope>
  /** How a connected system behaves; asks and writes nothing. */
  readonly probe: (
    connection: Connection,
    wish: ProbeWish
  ) => Effect.Effect<Probed, SourceError | TargetError | UsageError>
  /** The people of a learning platform and their roles, until the scope ends. */
  readonly people: (connection: Connection) => Effect.Effect<People, TargetError | UsageError, Scope.Scope>
  /** The public keys by which a connected system knows rollbook, as JSON to host. */
  readonly publicKeys: (connection: Connection) => Effect.Effect<string, TargetError | UsageError>
}

export class Adapters extends Context.Tag("rollbook/Adapters")<Adapters, AdaptersService>() {}
