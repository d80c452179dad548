import { effectOf, layerOf } from "../../core/lazily.ts"
import type { Connector } from "../../core/ports/connector.ts"
import { oneRosterCollections } from "./contracts.ts"
import { gradebookResources } from "./gradebook/contracts.ts"
import { type OneRosterConnection, oneRosterSettings } from "./settings.ts"

/** Student information systems that speak OneRoster: rosters come from them, grades go to them. */
export const oneRoster: Connector<OneRosterConnection> = {
  type: "oneroster",
  title: "OneRoster",
  kind: "sis",
  settings: oneRosterSettings,
  collections: oneRosterCollections,
  resources: gradebookResources,
  source: (connection, timezone) =>
    layerOf(
      () => import("./source.ts"),
      ({ layer }) => layer(connection, timezone)
    ),
  reader: (connection, timezone) =>
    layerOf(
      () => import("./gradebook/reader.ts"),
      ({ gradebookReaderLayer }) => gradebookReaderLayer(connection, timezone)
    ),
  writer: (connection, timezone) =>
    layerOf(
      () => import("./gradebook/writer.ts"),
      ({ gradebookWriterLayer }) => gradebookWriterLayer(connection, timezone)
    ),
  probe: (connection, wish) =>
    effectOf(
      () => import("./probe.ts"),
      ({ probeOneRoster }) => probeOneRoster(connection, wish)
    )
}
