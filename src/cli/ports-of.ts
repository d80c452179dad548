import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Connection } from "../core/ports/connections.ts"
import type { Connector } from "../core/ports/connector.ts"
import type { AdaptersService } from "./adapters.ts"
import { UsageError } from "./exit.ts"

type Port = "source" | "reader" | "writer" | "listings" | "probe" | "people" | "publicKeys"

/** How each port of a connection is had: from the connector of its type. A port that the system does not offer is refused. */
export const portsOf = (
  connectors: AdaptersService["connectors"]
): Pick<
  AdaptersService,
  "source" | "targetReader" | "targetWriter" | "listings" | "probe" | "people" | "publicKeys"
> => {
  const connectorWith = <P extends Port>(connection: Connection, port: P) =>
    Effect.flatMap(connectors, (all) => {
      const connector = all.find((one): one is Connector & Required<Pick<Connector, P>> => {
        return one.type === connection.type && one[port] !== undefined
      })
      return connector === undefined
        ? Effect.fail(
            new UsageError({
              detail: `${connection.name} is a connection of type ${connection.type}, ${lacking[port]}`,
              hint: offering(all, port)
            })
          )
        : Effect.succeed(connector)
    })
  return {
    source: (connection, timezone) =>
      Layer.unwrapEffect(Effect.map(connectorWith(connection, "source"), (one) => one.source(connection, timezone))),
    targetReader: (connection, timezone) =>
      Layer.unwrapEffect(Effect.map(connectorWith(connection, "reader"), (one) => one.reader(connection, timezone))),
    targetWriter: (connection, timezone) =>
      Layer.unwrapEffect(Effect.map(connectorWith(connection, "writer"), (one) => one.writer(connection, timezone))),
    listings: (connection, timezone) =>
      Layer.unwrapEffect(
        Effect.map(connectorWith(connection, "listings"), (one) => one.listings(connection, timezone))
      ),
    probe: (connection, wish) =>
      Effect.flatMap(connectorWith(connection, "probe"), (one) => one.probe(connection, wish)),
    people: (connection) => Effect.flatMap(connectorWith(connection, "people"), (one) => one.people(connection)),
    publicKeys: (connection) =>
      Effect.flatMap(connectorWith(connection, "publicKeys"), (one) => one.publicKeys(connection))
  }
}

const lacking: Readonly<Record<Port, string>> = {
  source: "of which nothing is read",
  reader: "to which nothing is written",
  writer: "to which nothing is written",
  listings: "which makes no files of what it holds",
  probe: "which cannot be asked how it behaves",
  people: "whose people have no roles that could be asked for",
  publicKeys: "which knows rollbook by no public keys"
}

const offering = (all: ReadonlyArray<Connector>, port: Port): string => {
  const others = all.filter((one) => one[port] !== undefined).map(({ type }) => type)
  return others.length === 0 ? "" : `name a connection of type ${others.join(" or ")}`
}
