import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { loaded } from "../../core/lazily.ts"
import { suggestion } from "../../core/nearest.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { workspaceOptions } from "../options.ts"
import { print, printJson } from "../output.ts"
import { described } from "./described.ts"

const name = Args.text({ name: "name" }).pipe(
  Args.withDescription(
    "a type of connection, an endpoint, a resource, values, clean-ups or functions; everything when left out"
  ),
  Args.withDefault("")
)

const { json, logFormat } = workspaceOptions

export const catalogue = Command.make("catalogue", { json, logFormat, name }, (given) =>
  Effect.gen(function* () {
    const connectors = yield* (yield* Adapters).connectors
    const { catalogueOf } = yield* loaded(() => import("../../pipeline/catalogue.ts"))
    const { catalogueNames, catalogueText } = yield* loaded(() => import("../../pipeline/catalogue-text.ts"))
    const all = catalogueOf(connectors)
    const text = catalogueText(all, given.name === "" ? null : given.name)
    if (text === null) {
      return yield* new UsageError({
        detail: `there is no ${given.name} in the catalogue`,
        hint: suggestion(given.name, catalogueNames(all)) || "`rollbook catalogue` prints all of it"
      })
    }
    yield* given.json ? printJson(all) : print(text)
  })
).pipe(
  described(
    "Print what a pipeline may name: the collections of each connected system with columns, types and keys; its resources with fields, limits, what matches and what is unique; forms of values, clean-ups and functions, with examples.",
    ["rollbook catalogue", "rollbook catalogue /enrollments", "rollbook catalogue user", "rollbook catalogue --json"]
  )
)
