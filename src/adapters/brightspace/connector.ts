import { effectOf, layerOf } from "../../core/lazily.ts"
import type { Connector } from "../../core/ports/connector.ts"
import { brightspaceResources } from "./contracts.ts"
import { gradebookCollections } from "./gradebook/contracts.ts"
import { type BrightspaceConnection, brightspaceSettings } from "./settings.ts"

/** D2L Brightspace: rosters go to it, grade books come from it. */
export const brightspace: Connector<BrightspaceConnection> = {
  type: "brightspace",
  title: "Brightspace",
  kind: "lms",
  settings: brightspaceSettings,
  collections: gradebookCollections,
  resources: brightspaceResources,
  installation: ({ url }) => (URL.canParse(url) ? new URL(url).origin : url),
  source: (connection, timezone) =>
    layerOf(
      () => import("./gradebook/source.ts"),
      ({ gradebookSourceLayer }) => gradebookSourceLayer(connection, timezone)
    ),
  reader: (connection, timezone) =>
    layerOf(
      () => import("./reader.ts"),
      ({ readerLayer }) => readerLayer(connection, timezone)
    ),
  writer: (connection, timezone) =>
    layerOf(
      () => import("./writer.ts"),
      ({ writerLayer }) => writerLayer(connection, timezone)
    ),
  listings: (connection, timezone) =>
    layerOf(
      () => import("./data-sets/listings.ts"),
      ({ listingsLayer }) => listingsLayer(connection, timezone)
    ),
  probe: (connection, wish) =>
    effectOf(
      () => import("./probe.ts"),
      ({ probeBrightspace }) => probeBrightspace(connection, wish)
    ),
  people: (connection) =>
    effectOf(
      () => import("./people.ts"),
      ({ makePeople }) => makePeople(connection)
    ),
  publicKeys: (connection) =>
    effectOf(
      () => import("./jwks.ts"),
      ({ publicJwks }) => publicJwks(connection)
    )
}
