import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dirname, join } from "node:path"
import { readHeartbeat } from "../service/heartbeat.ts"
import { onDisk, writeOwnFile } from "../core/ports/disk.ts"
import { Adapters, type RunningSandbox } from "./adapters.ts"
import { dotenvText } from "./dotenv-text.ts"
import { UsageError } from "./exit.ts"
import { print } from "./output.ts"
import { ownCommand } from "./own-command.ts"
import type { Workspace } from "./workspace.ts"

/** The rights of launches from the stand-in, by the roles that the demo's people have there. */
const rightsByRole = {
  roles_in_course: { Teacher: ["see grades", "export grades", "reveal names"] },
  roles_in_organization: {
    "District Administrator": [
      "see console",
      "run updates",
      "approve holds",
      "see configuration",
      "change configuration",
      "see grades",
      "export grades",
      "reveal names"
    ]
  }
}

/**
 * Keeps the demo up: the console over its workspace, launched by the stand-in of the learning platform. Whoever runs commands
 * in the workspace, and every run of the console, reaches the stand-ins and nothing else. Ends with the console.
 */
export const stayUp = (workspace: Workspace, { environment, ...sandbox }: RunningSandbox, register: Register) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    yield* writeSettings(workspace, environment)
    const ended = yield* adapters.begin(
      ownCommand(),
      ["serve", "--port", "0", "--admin", "--log-format", "pretty", "--workspace", workspace.directory],
      environment
    )
    const address = yield* Effect.raceFirst(addressOf(workspace), Effect.as(ended, null))
    if (address === null)
      return yield* new UsageError({ detail: "the console did not begin", hint: "its log says why" })
    yield* register({
      login_url: `${address}/lti/login`,
      redirect_urls: [`${address}/lti/launch`],
      target_link_uri: `${address}/`
    })
    yield* print(
      [
        "",
        "Everything stays up until Ctrl-C:",
        `  The console, as an administrator: the link above, or \`rollbook serve --admin\``,
        `  Brightspace's stand-in:           ${sandbox.brightspaceUrl}/d2l/login  (choose who you are, then a course)`,
        `  Infinite Campus's stand-in:       ${sandbox.campusUrl}`,
        "  As a teacher: Olivia Hernandez, course 1200 1, exports a score that was given after the last night;",
        "  it then stands on the page of Infinite Campus's stand-in. As an administrator: Ada Abbott,",
        "  from the organization; the plan of night 4 waits for approval."
      ].join("\n")
    )
    yield* ended
  })

/** Registers rollbook at the stand-in, as an administrator does by hand. */
export type Register = (tool: {
  readonly login_url: string
  readonly redirect_urls: ReadonlyArray<string>
  readonly target_link_uri: string
}) => Effect.Effect<unknown, UsageError>

const writeSettings = ({ directory }: Workspace, environment: Readonly<Record<string, string>>) =>
  onDisk("write the settings of the demo", directory, (disk) => {
    const registration = {
      issuer: "${env:LTI_ISSUER}",
      client_id: "${env:LTI_CLIENT_ID}",
      deployment_ids: ["${env:LTI_DEPLOYMENT_ID}"],
      authorization_url: "${env:LTI_AUTHORIZATION_URL}",
      keys_url: "${env:LTI_KEYS_URL}",
      connection: "brightspace",
      ...rightsByRole
    }
    // JSON is YAML.
    const settings = `${JSON.stringify({ service: { access: { lti: [registration] } } }, null, 2)}\n`
    return Effect.zipRight(
      writeOwnFile(disk, join(directory, ".env"), dotenvText(environment)),
      disk.writeFileString(join(directory, "service.yaml"), settings)
    )
  })

/** The address of the console, as soon as it answers. */
const addressOf = (workspace: Pick<Workspace, "stateFile">): Effect.Effect<string> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => readHeartbeat(dirname(workspace.stateFile), now)).pipe(
    Effect.flatMap((service) =>
      service === null || service.address === null
        ? Effect.zipRight(Effect.sleep("200 millis"), addressOf(workspace))
        : Effect.succeed(service.address)
    )
  )
