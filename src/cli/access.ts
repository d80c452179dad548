import { dirname, join } from "node:path"
import { noteInTrail } from "../history/audit-trail.ts"
import { linksIn } from "../service/access/link.ts"
import { sessionsIn } from "../service/access/session.ts"
import { serviceFolder } from "../service/heartbeat.ts"
import type { AccessService } from "../service/http/access.ts"
import { listTokens } from "../service/tokens.ts"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import type { Workspace } from "./workspace.ts"

/** How the HTTP API of a workspace knows who asks: all of it lies beside the state, so that a restart ends nobody's session. */
export const accessOf = (workspace: Workspace, settings: ServiceSettings): AccessService => {
  const folder = serviceFolder(dirname(workspace.stateFile))
  return {
    tokens: listTokens(join(folder, "tokens.json")),
    sessions: sessionsIn(join(folder, "sessions")),
    links: linksOf(workspace),
    publicUrl: settings.publicUrl,
    note: (who, what, of) => noteInTrail(workspace.auditFile, who, `serve: ${what}`, of)
  }
}

/** The one-time links of a workspace. */
export const linksOf = (workspace: Workspace) => linksIn(join(serviceFolder(dirname(workspace.stateFile)), "links"))
