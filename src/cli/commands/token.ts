import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { dirname, join } from "node:path"
import { suggestion } from "../../core/nearest.ts"
import { textTable } from "../../core/text-table.ts"
import { noteInTrail } from "../../history/audit-trail.ts"
import { serviceFolder } from "../../service/heartbeat.ts"
import { type Right, rights } from "../../pipeline/rights.ts"
import { createToken, isGood, listTokens, revokeToken, type Token } from "../../service/tokens.ts"
import { accountName } from "../asking.ts"
import { UsageError } from "../exit.ts"
import { parseExpiry } from "../expiry.ts"
import { workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"
import { instantNow } from "../../core/clock.ts"

const act = Args.choice([
  ["create", "create"],
  ["list", "list"],
  ["revoke", "revoke"]
] as const).pipe(Args.withDescription("create NAME, list, or revoke NAME"))
const name = Args.text({ name: "name" }).pipe(
  Args.withDescription("what the token is called, for the list and the audit trail"),
  Args.optional,
  Args.map(Option.getOrNull)
)
const right = Options.text("right").pipe(
  Options.withDescription(`what it may: ${rights.join(", ")}; may come more than once`),
  Options.repeated
)
const expiresIn = Options.text("expires-in").pipe(
  Options.withDescription("how long it is good: 8h, 90d, or an instant"),
  Options.withDefault("90d")
)

export const token = Command.make("token", { ...workspaceOptions, right, expiresIn, act, name }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const file = join(serviceFolder(dirname(workspace.stateFile)), "tokens.json")
    const now = yield* instantNow
    if (given.act === "list") {
      const tokens = yield* listTokens(file)
      return yield* given.json ? printJson(tokens.map(shown)) : print(asTable(tokens, Date.parse(now)))
    }
    if (given.name === null || !/^[\w.@-]{1,64}$/.test(given.name)) {
      return yield* new UsageError({
        detail: "a token has a name of letters, digits and . _ - @",
        hint: 'rollbook token create prometheus --right "see metrics"'
      })
    }
    if (given.act === "revoke") {
      yield* noteInTrail(workspace.auditFile, accountName(), "token revoke", [`token ${given.name}`])
      yield* revokeToken(file, given.name, now)
      return yield* note(`${given.name} is no longer good, from this moment on.`)
    }
    const chosen = yield* Effect.forEach(given.right, knownRight)
    if (chosen.length === 0) {
      return yield* new UsageError({
        detail: "a token without a right is good for nothing",
        hint: `--right is one of ${rights.join(", ")}`
      })
    }
    const expiresAt = yield* parseExpiry(given.expiresIn, now)
    const what = `token create, with ${chosen.join(", ")}`
    yield* noteInTrail(workspace.auditFile, accountName(), what, [`token ${given.name}`])
    const made = yield* createToken({ file, name: given.name, rights: chosen, now, expiresAt })
    yield* given.json
      ? printJson({ name: given.name, token: made, rights: chosen, expires_at: expiresAt })
      : print(made)
    yield* note(`Good until ${expiresAt}. It is shown this once: the workspace keeps its hash alone.`)
  })
).pipe(
  described(
    "Tokens for the HTTP API of `serve`: make one, list them, end one. They are kept as hashes, with rights and an end.",
    [
      'rollbook token create prometheus --right "see metrics" --expires-in 365d',
      "rollbook token list",
      "rollbook token revoke prometheus"
    ]
  )
)

const knownRight = (given: string): Effect.Effect<Right, UsageError> => {
  const found = rights.find((one) => one === given)
  return found === undefined
    ? Effect.fail(
        new UsageError({
          detail: `there is no right ${given}`,
          hint: suggestion(given, rights) || `it is one of ${rights.join(", ")}`
        })
      )
    : Effect.succeed(found)
}

const shown = ({ createdAt, expiresAt, name, revokedAt, rights: may }: Token) => ({
  name,
  rights: may,
  created_at: createdAt,
  expires_at: expiresAt,
  revoked_at: revokedAt
})

const asTable = (tokens: ReadonlyArray<Token>, now: number): string =>
  tokens.length === 0
    ? "No tokens."
    : textTable(
        [
          ["token", "rights", "until", ""],
          ...tokens.map((one) => [
            one.name,
            one.rights.join(", "),
            one.expiresAt,
            isGood(one, now) ? "" : one.revokedAt === null ? "over" : `revoked ${one.revokedAt}`
          ])
        ],
        "words"
      ).join("\n")
