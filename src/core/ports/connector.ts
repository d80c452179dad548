import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Schema from "effect/Schema"
import type { Connection } from "./connections.ts"
import type { CollectionContract, ResourceContract } from "./contracts.ts"
import type { Listings } from "./listings.ts"
import type { People } from "./people.ts"
import type { Probed, ProbeWish } from "./probe.ts"
import type { Source, SourceError } from "./source.ts"
import type { TargetError, TargetReader, TargetWriter } from "./target.ts"

/**
 * Everything that rollbook knows of a kind of system, in one record: how a connection to it is written, what is read from
 * it, what is written to it, and who does so. An adapter folder exports one; nothing else names its system.
 *
 * Statements are plain data, loaded by `validate`. Code that speaks to a server is loaded by the function that is called.
 * A port that is left out is one that the system does not offer.
 */
export interface Connector<C extends Connection = Connection> {
  /** The value of `type:` in a connection. */
  readonly type: C["type"]
  /** The system as people call it. */
  readonly title: string
  /** Whether it is a student information system, which knows who is in which class, or a learning platform. */
  readonly kind: "sis" | "lms"
  readonly settings: ConnectionSettings<C>
  /** The collections that can be read, by endpoint; may be empty. */
  readonly collections: ReadonlyMap<string, CollectionContract>
  /** The resources that can be written, by name; may be empty. */
  readonly resources: ReadonlyMap<string, ResourceContract>
  /**
   * The installation that a connection leads to: two connections of one type and one installation speak of the same records
   * under the same ids. Left out, each connection is taken for one of its own.
   */
  installation?(connection: C): string
  /** `timezone` is the district's, an IANA name: hours of the budget are told in it. So it is with the others. */
  source?(connection: C, timezone: string): Layer.Layer<Source, SourceError>
  reader?(connection: C, timezone: string): Layer.Layer<TargetReader, TargetError>
  writer?(connection: C, timezone: string): Layer.Layer<TargetWriter, TargetError>
  /** The files that it makes, now and then, of all that it holds. */
  listings?(connection: C, timezone: string): Layer.Layer<Listings, SourceError>
  /** How the system behaves; asks and writes nothing. */
  probe?(connection: C, wish: ProbeWish): Effect.Effect<Probed, SourceError | TargetError>
  /** The people of a learning platform and their roles, as it says itself; until the scope ends. */
  people?(connection: C): Effect.Effect<People, TargetError, Scope.Scope>
  /** The public keys by which the system knows rollbook, as JSON to host. */
  publicKeys?(connection: C): Effect.Effect<string, TargetError>
}

/** How connections of a type are written. */
export interface ConnectionSettings<C extends Connection, Decoded = unknown> {
  /**
   * Every key, once: form, default, unit, description, example. The connections file is decoded by it; the published
   * JSON Schema, the reference and the list of secrets derive from it. See `settings.ts` for what keys are made of.
   */
  readonly schema: Schema.Schema.AnyNoContext
  /** The connection that decoded settings make; what only the workspace can tell is asked of `place`. */
  make(settings: Decoded, place: SettingsPlace): C
}

/** The things that a connector needs of the workspace to make a connection. */
export interface SettingsPlace {
  readonly name: string
  /** Null where there is no such file. */
  readonly readFile: (path: string) => string | null
  /** A path counts from the workspace, wherever the command was typed. */
  readonly absolute: (path: string) => string
  /** Says that a key holds what cannot be, in words for people; `keys` lead to it from the connection. */
  readonly complain: (keys: ReadonlyArray<string>, message: string) => void
}
