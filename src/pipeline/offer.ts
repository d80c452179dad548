import type * as Effect from "effect/Effect"
import type { Connector } from "../core/ports/connector.ts"
import type { CollectionContract, ResourceContract } from "../core/ports/contracts.ts"
import type { Installations } from "./access-settings.ts"
import type { KnownConnections } from "./known-connections.ts"

/** The collections and resources that a pipeline may name. */
export interface Offer {
  /** By endpoint, and by name: of any connection, for as long as nothing is known of connections. */
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly resources: ReadonlyMap<string, ResourceContract>
  /** The connections there are, by name, with what those of their type offer; nothing is known of them when left out. */
  readonly connections?: ReadonlyMap<string, OfferedByConnection>
  /** Variables that hold secrets of connections. */
  readonly secrets?: ReadonlySet<string>
  /** To which installations they lead: asked for only where it matters, as their variables are filled in for it. */
  readonly installations?: Effect.Effect<Installations | null>
}

export interface OfferedByConnection {
  readonly type: string
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly resources: ReadonlyMap<string, ResourceContract>
}

/**
 * The names that a pipeline may use, its connections being those known by type. Without a file of connections, it can still be
 * checked against what any connection offers.
 */
export const offerOf = (connectors: ReadonlyArray<Connector>, known: KnownConnections | null): Offer => {
  const all = {
    collections: new Map(connectors.flatMap((one) => [...one.collections])),
    resources: new Map(connectors.flatMap((one) => [...one.resources]))
  }
  if (known === null) return all
  const connections = [...known.types].map(([name, type]) => {
    // A type that is wrong is told where it stands.
    const { collections, resources } = connectors.find((one) => one.type === type) ?? all
    return [name, { type, collections, resources }] as const
  })
  return { ...all, secrets: known.secrets, connections: new Map(connections) }
}
