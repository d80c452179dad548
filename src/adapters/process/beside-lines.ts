import type { ApprovalAsked, ApprovalEnded, CourseAsked, RunEnded, RunLine } from "../../core/ports/runner.ts"

/** Messages between a service and the run at work, about exports and approvals that the run takes in beside itself. */

export type ToRun = { readonly id: number } & ({ readonly export: CourseAsked } | { readonly approval: ApprovalAsked })

export type FromRun =
  /** From now on something is taken in. */
  | { readonly takesIn: true }
  /** No more from now on. */
  | { readonly takesIn: false }
  | { readonly id: number; readonly line: RunLine }
  /** Null: not taken in, and nothing was done. */
  | { readonly id: number; readonly ended: RunEnded | ApprovalEnded | null }
