import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { workspaceOptions } from "../options.ts"
import { note, print } from "../output.ts"
import { connectionGiven, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const connection = Args.text({ name: "connection" }).pipe(
  Args.withDescription("name of a Brightspace connection"),
  Args.withDefault("brightspace")
)

export const jwks = Command.make("jwks", { ...workspaceOptions, connection }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const chosen = yield* connectionGiven(workspace, given.connection)
    const adapters = yield* Adapters
    const known = (yield* adapters.connectors).filter((one) => one.publicKeys !== undefined)
    if (!known.some(({ type }) => type === chosen.type)) {
      return yield* new UsageError({
        detail: `${given.connection} is a connection of type ${chosen.type}`,
        hint: `public keys are those of a ${known.map(({ title }) => title).join(" or ")} connection`
      })
    }
    yield* print(yield* adapters.publicKeys(chosen))
    yield* note(
      "Host this at an https address and register that address with the OAuth 2.0 application. It holds no secret."
    )
  })
).pipe(
  described(
    "Print the public key set of a Brightspace connection, for the address that its OAuth 2.0 application names.",
    ["rollbook jwks brightspace > jwks.json"]
  )
)
