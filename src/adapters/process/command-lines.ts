import type { ApprovalAsked, ApprovalEnded, CommandAsked } from "../../core/ports/runner.ts"

/** Messages between two processes about a command, or an approval, that is handed over: JSON, one message to a line. */

export const protocol = 1

export type FromAsking =
  ({ readonly protocol: number } & (CommandAsked | { readonly approval: ApprovalAsked })) | { readonly end: true }

/** `code` comes last, or `ended` of an approval. Output is in base64: it may be cut within a character. */
export type FromService =
  | { readonly out: string }
  | { readonly err: string }
  | { readonly waits: true }
  | { readonly code: number }
  | { readonly ended: ApprovalEnded | null }

export const line = (message: FromAsking | FromService): string => `${JSON.stringify(message)}\n`
