import type { CommandAsked } from "../../core/ports/runner.ts"

/** Messages between two processes about a command that is handed over: JSON, one message to a line. */

export const protocol = 1

export type FromAsking = ({ readonly protocol: number } & CommandAsked) | { readonly end: true }

/** `code` comes last. Output is in base64: it may be cut within a character. */
export type FromService =
  { readonly out: string } | { readonly err: string } | { readonly waits: true } | { readonly code: number }

export const line = (message: FromAsking | FromService): string => `${JSON.stringify(message)}\n`
