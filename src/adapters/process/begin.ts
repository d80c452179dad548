import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import type { RunnerOptions } from "../../core/ports/runner.ts"

/**
 * Begins a command line that goes on, on the terminal of this process; the end of the scope asks it to end, and waits for that.
 * Gives its exit code, as soon as it has one; 1 where it cannot be started.
 */
export const begin = (
  [program, ...before]: RunnerOptions["command"],
  words: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>>
): Effect.Effect<Effect.Effect<number>, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, [...before, ...words], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "inherit", "inherit"],
        // A group of its own: Ctrl-C is for this process, which asks it to end.
        detached: true
      })
      const code = Deferred.unsafeMake<number>(FiberId.none)
      // The first one counts.
      child.once("error", () => Deferred.unsafeDone(code, Effect.succeed(1)))
      child.once("close", (given) => Deferred.unsafeDone(code, Effect.succeed(given ?? 1)))
      return { child, ended: Deferred.await(code) }
    }),
    ({ child, ended }) =>
      Effect.zipRight(
        Effect.sync(() => child.kill("SIGTERM")),
        ended
      )
  ).pipe(Effect.map(({ ended }) => ended))
