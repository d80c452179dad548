import { argv, execArgv, execPath } from "node:process"
import { isTalkative } from "./output.ts"
import type { Workspace } from "./workspace.ts"

/** This program itself, to be started once more. */
export const ownCommand = (): readonly [program: string, ...words: ReadonlyArray<string>] => [
  execPath,
  ...execArgv,
  argv[1] ?? ""
]

/** Options by which a command line of another process means this workspace, and says what this one says. */
export const sameWorkspace = (workspace: Workspace): ReadonlyArray<string> => [
  "--workspace",
  workspace.directory,
  "--state",
  workspace.stateFile,
  "--log-format",
  "json",
  "--log-level",
  isTalkative() ? "info" : "warning"
]
