import * as Data from "effect/Data"

/**
 * The sandbox could not start. `DataUnreadable`: the district's files; `PortTaken`: another program listens there;
 * `FaultInvalid`: a fault that is none.
 */
export class SandboxError extends Data.TaggedError("SandboxError")<{
  readonly reason: "DataUnreadable" | "PortTaken" | "FaultInvalid"
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}
