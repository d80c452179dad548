import type { Connector } from "../core/ports/connector.ts"
import type { Offer } from "./check.ts"
import type { KnownConnections } from "./known-connections.ts"

/**
 * What a pipeline may name, its connections being those known by type. Without a file of connections, it can still be
 * checked against what any connection offers.
 */
export const offerOf = (connectors: ReadonlyArray<Connector>, known: KnownConnections | null): Offer => {
  const all = {
    collections: new Map(connectors.flatMap((one) => [...one.collections])),
    resources: new Map(connectors.flatMap((one) => [...one.resources]))
  }
  if (known === null) return all
  const connections = [...known.types].map(([name, type]) => {
    // What is wrong with a type is told where it stands.
    const { collections, resources } = connectors.find((one) => one.type === type) ?? all
    return [name, { type, collections, resources }] as const
  })
  return { ...all, secrets: known.secrets, connections: new Map(connections) }
}
