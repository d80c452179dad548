import * as Effect from "effect/Effect"
import type { Installations } from "../pipeline/access-settings.ts"
import { Adapters } from "./adapters.ts"
import { loadWorkspaceConnections, type Workspace, workspaceConnection } from "./workspace.ts"

/**
 * The installations that the connections of a workspace lead to, by the name of the connection. One of which a variable is not
 * set here leads, as far as is known, to none of the others'. Null where there are no connections that could be read.
 */
export const installationsOf = (workspace: Workspace): Effect.Effect<Installations | null, never, Adapters> =>
  Effect.gen(function* () {
    const connectors = yield* (yield* Adapters).connectors
    const connections = yield* loadWorkspaceConnections(workspace)
    return new Map(
      yield* Effect.forEach(connections.keys(), (name) =>
        Effect.map(Effect.option(workspaceConnection(connections, name)), (found) => {
          const connection = found._tag === "Some" ? found.value : null
          const connector = connectors.find(({ type }) => type === connection?.type)
          const address = connection === null ? null : (connector?.installation?.(connection) ?? null)
          return [
            name,
            {
              id: address === null ? `connection ${name}` : `${connector?.type} ${address}`,
              address,
              hasPeople: connection === null ? null : connector?.people !== undefined
            }
          ] as const
        })
      )
    )
  }).pipe(Effect.orElseSucceed(() => null))
