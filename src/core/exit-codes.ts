/** How a command ended, for whoever called it. The one table of exit codes. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  invalidDefinition: 2,
  held: 3,
  sourceFailed: 4,
  targetFailed: 5,
  interrupted: 6,
  workspaceHeld: 7,
  changesPresent: 10
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
