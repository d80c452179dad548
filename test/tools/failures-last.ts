import { stripVTControlCharacters } from "node:util"
import type { Reporter, TestModule } from "vitest/node"

/** Characters that are told of an error: what was expected, and what came. */
const told = 300

/**
 * Says once more, after everything else, which tests failed and why, in a few lines each: where only the end of a long output
 * is kept, one failure that prints a whole plan hides the first.
 */
export class FailuresLast implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const lines = modules.flatMap((module) => [
      ...module.errors().map((error) => line(module.relativeModuleId, error)),
      ...[...module.children.allTests("failed")].flatMap((test) =>
        (test.result().errors ?? []).map((error) => line(`${module.relativeModuleId} > ${test.fullName}`, error))
      )
    ])
    // The default reporter writes its summary when the run ends as well.
    if (lines.length > 0) process.once("exit", () => process.stdout.write(`\nFailed:\n${lines.join("\n")}\n`))
  }
}

const line = (
  where: string,
  error: { readonly message: string; readonly expected?: unknown; readonly actual?: unknown; readonly stacks?: unknown }
): string => {
  const [frame] = (error.stacks ?? []) as ReadonlyArray<{ readonly file: string; readonly line: number }>
  const at = frame === undefined ? "" : ` (line ${frame.line})`
  const what = stripVTControlCharacters(error.message)
  // Of a long message the end says what was expected.
  const short = what.length <= told ? what : `… ${what.slice(-told)}`
  const compared =
    error.expected === undefined && error.actual === undefined
      ? ""
      : `\n    expected ${String(error.expected).slice(0, told)}\n    received ${String(error.actual).slice(0, told)}`
  return `  ${where}${at}\n    ${short.replaceAll("\n", "\n    ")}${compared}`
}
