import { suggestion } from "../core/nearest.ts"
import type { Definition } from "./definition.ts"
import type { Offer, OfferedByConnection } from "./offer.ts"
import type { Path } from "./source-file.ts"
import { isReadFromSource } from "./references.ts"

type Complain = (place: Path, message: string, hint?: string) => void
type Kind = "collections" | "resources"

/**
 * The offer of a definition's connections. Where a name is that of none, or of a connection of the wrong kind, that is
 * whatever any connection offers.
 */
export const offeredTo = (definition: Definition, offer: Offer): Offer => ({
  ...offer,
  collections: chosen("collections", definition, offer)?.collections ?? offer.collections,
  resources: chosen("resources", definition, offer)?.resources ?? offer.resources
})

/** The connection that a definition reads from, or writes to; null where it is none that offers what is named. */
const chosen = (kind: Kind, definition: Definition, offer: Offer): OfferedByConnection | null => {
  const { name, wanted } = askedOf(kind, definition)
  const connection = offer.connections?.get(name)
  if (connection === undefined) return null
  const known = wanted.filter((one) => offer[kind].has(one))
  return known.length === 0 || known.some((one) => connection[kind].has(one)) ? connection : null
}

const askedOf = (kind: Kind, definition: Definition) =>
  kind === "collections"
    ? {
        name: definition.source,
        wanted: definition.datasets.filter(isReadFromSource).map((dataset) => dataset.endpoint),
        path: ["extract", "connection"]
      }
    : {
        name: definition.load.connection,
        wanted: definition.load.entities.map((load) => load.resource),
        path: ["load", "connection"]
      }

/** Complains of a connection that is none, or of the wrong kind, once. */
export const checkConnections = (definition: Definition, offer: Offer, complain: Complain): void => {
  const { connections } = offer
  if (connections === undefined) return
  for (const kind of ["collections", "resources"] as const) {
    if (chosen(kind, definition, offer) !== null) continue
    const { name, path, wanted } = askedOf(kind, definition)
    const connection = connections.get(name)
    if (connection === undefined) {
      complain(path, `there is no connection ${name} in connections.yaml`, suggestion(name, connections.keys()))
      continue
    }
    const known = wanted.filter((one) => offer[kind].has(one))
    const better = [...connections].filter(([, other]) => known.every((one) => other[kind].has(one)))
    complain(
      path,
      `${name} is a connection of type ${connection.type}, which has none of the ${kind} named here`,
      better.length === 0 ? "" : `did you mean ${better.map(([other]) => other).join(" or ")}?`
    )
  }
}
