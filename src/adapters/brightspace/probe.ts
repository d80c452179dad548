import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { foldName } from "../../core/fold.ts"
import type { BrightspaceConnection } from "./settings.ts"
import type { Finding, Probed, ProbeWish } from "../../core/ports/probe.ts"
import type { SourceError } from "../../core/ports/source.ts"
import type { TargetError } from "../../core/ports/target.ts"
import { makeTenant } from "./client.ts"
import { chosenUntil } from "./data-sets/choose.ts"
import { listedCollection } from "./data-sets/collections.ts"
import { findListings } from "./data-sets/listings.ts"
import { makeDirectory } from "./directory.ts"
import type { Doing } from "../../core/doing.ts"
import { tell } from "../../core/told.ts"

/**
 * Asks a tenant who the app is there, what versions it speaks (`GET /d2l/api/versions/`), and for the roles and org unit
 * types that the pipelines name; where scores are read from data sets, for these and how old they are. Writes nothing. What is refused is a finding; an error is only that the connection
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
    question: Effect.Effect<A, TargetError | SourceError>,
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
  yield* inquire("credentials", directory.me, () => ({ state: "good", says: tell("probe.me", {}) }))
  yield* inquire("time zone", directory.organization, ({ timezone }) => {
    if (timezone === null) return { state: "unknown", says: tell("probe.no-zone", {}) }
    return timezone === wish.timezone
      ? { state: "good", says: timezone }
      : {
          state: "limited",
          says: tell("probe.other-zone", { zone: timezone, wanted: wish.timezone, system: "Brightspace" })
        }
  })
  yield* inquire("roles", directory.roles, (roles) =>
    there(
      "probe.no-roles",
      wish.roles,
      roles.flatMap(({ code, name }) => [name, code ?? name])
    )
  )
  yield* inquire("org unit types", directory.orgUnitTypes, (types) =>
    there(
      "probe.no-types",
      wish.orgUnitTypes,
      types.flatMap(({ code, name }) => [name, code])
    )
  )
  const listed = listedCollection("/gradebook/values")
  if (connection.dataSets !== undefined && listed !== null) {
    yield* inquire("data sets", findListings(tenant, listed.listings), (found) => {
      const at = found.map(({ chosen }) => chosenUntil(chosen)).toSorted()[0] ?? ""
      return found.some(({ chosen }) => chosen.doubt !== null)
        ? { state: "limited", says: tell("probe.data-sets-gap", { at }) }
        : { state: "good", says: tell("probe.data-sets", { at }) }
    })
  }
  return { connection: connection.name, findings, collections: [], requests: tenant.requestsSent() }
}, Effect.scoped)

const quoted = (names: ReadonlyArray<string>): string => names.map((name) => `"${name}"`).join(", ")

const there = (
  lacking: "probe.no-roles" | "probe.no-types",
  wanted: ReadonlyArray<string>,
  known: ReadonlyArray<string>
): Pick<Finding, "state" | "says"> => {
  const folded = new Set(known.map(foldName))
  const missing = wanted.filter((name) => !folded.has(foldName(name)))
  return missing.length === 0
    ? {
        state: "good",
        says: wanted.length === 0 ? tell("probe.none-named", {}) : tell("probe.all-there", { n: wanted.length })
      }
    : {
        state: "failing",
        says: tell(lacking, { missing: quoted(missing), known: quoted([...new Set(known)]) })
      }
}
