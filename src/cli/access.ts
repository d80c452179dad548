import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { dirname, join } from "node:path"
import type { People } from "../core/ports/people.ts"
import { noteThroughService } from "../history/audit-trail.ts"
import { linksIn } from "../service/access/link.ts"
import { sessionsIn } from "../service/access/session.ts"
import { standingsOf } from "../service/access/standings-of.ts"
import { serviceFolder } from "../service/heartbeat.ts"
import type { AccessService } from "../service/http/access.ts"
import { listTokens } from "../service/tokens.ts"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import type { DefinitionInvalid } from "../pipeline/source-file.ts"
import { Adapters } from "./adapters.ts"
import type { UsageError } from "./exit.ts"
import { tell } from "./tell.ts"
import { connectionGiven, type Workspace } from "./workspace.ts"

/** How the HTTP API of a workspace knows who asks: all of it lies beside the state, so that a restart ends nobody's session. */
export const accessOf = (
  workspace: Workspace,
  settings: ServiceSettings
): Effect.Effect<AccessService, DefinitionInvalid | UsageError, Adapters | Scope.Scope> =>
  Effect.gen(function* () {
    const folder = serviceFolder(dirname(workspace.stateFile))
    const [adapters, scope] = [yield* Adapters, yield* Effect.scope]
    const people = new Map<string, Effect.Effect<People, Error>>()
    for (const { connection } of settings.access.lti) {
      // A connection that is not there is told when the service begins, not at the first launch.
      const found = yield* connectionGiven(workspace, connection)
      people.set(connection, yield* untilItIsHad(Scope.extend(adapters.people(found), scope)))
    }
    const known = {
      sessions: sessionsOf(workspace),
      settings: settings.access,
      people: (connection: string) => people.get(connection) ?? Effect.fail(new Error("no launch comes from there")),
      note: (who: string, what: string, of: ReadonlyArray<string>) =>
        noteThroughService(workspace.auditFile, who, what, of)
    }
    return {
      ...known,
      tokens: listTokens(join(folder, "tokens.json")),
      links: linksOf(workspace),
      standings: standingsOf(known),
      publicUrl: settings.publicUrl,
      tellRefusal: (why) => tell("warn", why)
    }
  })

/** Asked for once, and again only where that failed. */
const untilItIsHad = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<Effect.Effect<A, E>> =>
  Effect.map(Effect.cachedInvalidateWithTTL(effect, Duration.infinity), ([cached, forget]) =>
    Effect.tapError(cached, () => forget)
  )

/** The sessions of a workspace. */
export const sessionsOf = (workspace: Workspace) =>
  sessionsIn(join(serviceFolder(dirname(workspace.stateFile)), "sessions"))

/** The one-time links of a workspace. */
export const linksOf = (workspace: Workspace) => linksIn(join(serviceFolder(dirname(workspace.stateFile)), "links"))
