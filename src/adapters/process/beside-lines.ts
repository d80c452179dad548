import type { CourseAsked, RunEnded, RunLine } from "../../core/ports/runner.ts"

/** Messages between a service and the run at work, about exports that the run takes in beside itself. */

export interface ToRun extends CourseAsked {
  readonly id: number
}

export type FromRun =
  /** From now on exports are taken in. */
  | { readonly takesIn: true }
  /** No more from now on. */
  | { readonly takesIn: false }
  | { readonly id: number; readonly line: RunLine }
  /** Null: not taken in, and nothing was done. */
  | { readonly id: number; readonly ended: RunEnded | null }
