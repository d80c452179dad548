import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { foldName } from "../../core/fold.ts"
import type { BrightspaceConnection } from "./settings.ts"
import type { Finding, Probed, ProbeWish } from "../../core/ports/probe.ts"
import type { TargetError } from "../../core/ports/target.ts"
import { makeTenant } from "./client.ts"
import { makeDirectory } from "./directory.ts"
import type { Doing } from "../../core/doing.ts"

/**
 * Asks a tenant who the app is there, what versions it speaks (`GET /d2l/api/versions/`), and for the roles and org unit
 * types that the pipelines name. Writes nothing. What is refused is a finding; an error is only that the connection
 * itself cannot be set up.
 */
export const probeBrightspace = Effect.fn("brightspace.probe")(function* (
  connection: BrightspaceConnection,
  wish: ProbeWish
): Doing<Probed, TargetError, Scope.Scope> {
  const tenant = yield* makeTenant(connection, wish.timezone)
  const directory = makeDirectory(tenant)
  const findings: Array<Finding> = []
  const inquire = <A>(
    about: string,
    question: Effect.Effect<A, TargetError>,
    judge: (answer: A) => Pick<Finding, "state" | "says">
  ): Effect.Effect<void> =>
    question.pipe(
      Effect.map(judge),
      Effect.catchAll((error) => Effect.succeed({ state: "failing" as const, says: error.message })),
      Effect.map((found) => void findings.push({ about, endpoint: null, ...found }))
    )

  yield* inquire("versions", tenant.versions, (versions) => ({
    state: "good",
    says: Object.entries(versions)
      .map(([product, version]) => `${product} ${version}`)
      .join(", ")
  }))
  yield* inquire("credentials", directory.me, () => ({ state: "good", says: "the app runs as a user of the tenant" }))
  yield* inquire("time zone", directory.organization, ({ timezone }) => {
    if (timezone === null) return { state: "unknown", says: "the tenant does not say its time zone" }
    return timezone === wish.timezone
      ? { state: "good", says: timezone }
      : {
          state: "limited",
          says: `${timezone}, and the pipelines have ${wish.timezone}: Brightspace shows dates in its own`
        }
  })
  yield* inquire("roles", directory.roles, (roles) =>
    there(
      "roles",
      wish.roles,
      roles.flatMap(({ code, name }) => [name, code ?? name])
    )
  )
  yield* inquire("org unit types", directory.orgUnitTypes, (types) =>
    there(
      "org unit types",
      wish.orgUnitTypes,
      types.flatMap(({ code, name }) => [name, code])
    )
  )
  return { connection: connection.name, findings, collections: [], requests: tenant.requestsSent() }
}, Effect.scoped)

const there = (
  what: string,
  wanted: ReadonlyArray<string>,
  known: ReadonlyArray<string>
): Pick<Finding, "state" | "says"> => {
  const folded = new Set(known.map(foldName))
  const missing = wanted.filter((name) => !folded.has(foldName(name)))
  return missing.length === 0
    ? {
        state: "good",
        says: wanted.length === 0 ? "the pipelines name none" : `all ${wanted.length} that the pipelines name are there`
      }
    : {
        state: "failing",
        says: `it has no ${what} ${missing.map((name) => `"${name}"`).join(", ")}; it has ${[...new Set(known)].map((name) => `"${name}"`).join(", ")}`
      }
}
