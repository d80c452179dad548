export interface ExecutionProgress {
  readonly entity: string
  readonly done: number
  readonly failed: number
  readonly total: number
}

export interface Execution {
  readonly done: number
  /** Those of the steps done that an earlier walk of this plan had done, before it was interrupted; absent where there are none. */
  readonly doneBefore?: number
  readonly failed: number
  /** Steps that found the target as wanted already. */
  readonly alreadySo: number
  /** Steps whose answer proved nothing and that were looked at. */
  readonly readBack: number
  /** Removals that needed no request of their own, since they followed from others. */
  readonly followed: number
  /** Steps that a closed gate stopped. */
  readonly stopped: number
  /** Steps left out because their section was exported meanwhile; absent where there are none. */
  readonly exportedMeanwhile?: number
  /** Steps that were not tried, because the target stopped answering. */
  readonly notReached: number
  /** Rows that were handed over and do not show yet, among those not reached; absent where there are none. */
  readonly awaited?: number
  /** Why the walk ended early; null when it went through. */
  readonly stoppedBy: string | null
  /** Lines of the journal of an earlier, interrupted walk that could not be read, as `FILE:LINE`; absent where there are none. */
  readonly unreadable?: ReadonlyArray<string>
}

/** `begun`: only the steps that an interrupted walk had begun: asked after, or sent once more where nobody can be asked. */
export type Extent = "everything" | "begun"
