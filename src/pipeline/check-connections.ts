import { suggestion } from "../core/nearest.ts"
import type { Offer } from "./check.ts"
import type { Definition } from "./definition.ts"
import type { Path } from "./source-file.ts"
import { isReadFromSource } from "./walk.ts"

type Complain = (place: Path, message: string, hint?: string) => void

/**
 * What the connections of a definition offer. A name that is none, or a connection of the wrong kind, is told once, and
 * everything else is then checked against whatever any connection offers.
 */
export const offeredTo = (definition: Definition, offer: Offer, complain: Complain): Offer => {
  const endpoints = definition.datasets.filter(isReadFromSource).map((dataset) => dataset.endpoint)
  const resources = definition.load.entities.map((load) => load.resource)
  return {
    ...offer,
    collections: of("collections", definition.source, endpoints, ["extract", "connection"], offer, complain),
    resources: of("resources", definition.load.connection, resources, ["load", "connection"], offer, complain)
  }
}

const of = <Kind extends "collections" | "resources">(
  kind: Kind,
  name: string,
  wanted: ReadonlyArray<string>,
  path: Path,
  offer: Offer,
  complain: Complain
): Offer[Kind] => {
  const { connections } = offer
  if (connections === undefined) return offer[kind]
  const connection = connections.get(name)
  if (connection === undefined) {
    complain(path, `there is no connection ${name} in connections.yaml`, suggestion(name, connections.keys()))
    return offer[kind]
  }
  const known = wanted.filter((one) => offer[kind].has(one))
  if (known.length === 0 || known.some((one) => connection[kind].has(one))) return connection[kind]
  const better = [...connections].filter(([, other]) => known.every((one) => other[kind].has(one)))
  complain(
    path,
    `${name} is a connection of type ${connection.type}, which has none of the ${kind} named here`,
    better.length === 0 ? "" : `did you mean ${better.map(([other]) => other).join(" or ")}?`
  )
  return offer[kind]
}
