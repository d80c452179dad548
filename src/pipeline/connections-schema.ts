import * as Schema from "effect/Schema"
import type { Connector } from "../core/ports/connector.ts"

/** Every key of `connections.yaml`: those of a connection stand with the connector of its type. */
export const connectionsFile = (connectors: ReadonlyArray<Connector>): Schema.Schema.AnyNoContext =>
  Schema.Struct({
    connections: Schema.Record({
      key: Schema.String,
      value: Schema.Union(...connectors.map(({ settings }) => settings.schema))
    }).annotations({ description: "name, as pipelines call it, to connection" })
  }).annotations({ identifier: "Connections", title: "rollbook's connections" })
