import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { runCommandLine } from "../../src/cli/root.ts"

it.each([
  [["plan"], "`rollbook plan --help` says how it is written, with examples."],
  [["diff", "1"], "`rollbook diff --help` says how it is written, with examples."],
  [["histroy"], "`rollbook --help` says what each of them does."]
])("%j is told with where it stands how it should be", async (words, remedy) => {
  const said: Array<string> = []
  const run = runCommandLine(["node", "rollbook", ...words]) as Effect.Effect<unknown, unknown, NodeContext.NodeContext>
  const exit = await Effect.runPromise(
    Effect.exit(
      Effect.flatMap(
        Console.consoleWith((console) => Effect.succeed(console)),
        (console) =>
          Effect.withConsole(run, {
            ...console,
            error: (...parts: ReadonlyArray<unknown>) => Effect.sync(() => void said.push(parts.map(String).join(" ")))
          })
      )
    ).pipe(Effect.provide(NodeContext.layer))
  )
  expect(exit._tag).toBe("Failure")
  expect(said.at(-1)).toBe(remedy)
})
