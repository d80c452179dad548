import * as Data from "effect/Data"
import type { JournalError } from "./journal.ts"
import type { WarehouseError } from "./warehouse.ts"

/**
 * An apply was cut off by what it stands on, its journal or the state, while its steps went. It is taken up again as one that
 * was killed: nothing was sent that the journal does not name.
 */
export class ApplyCutOff extends Data.TaggedError("ApplyCutOff")<{
  readonly plan: string
  readonly by: JournalError | WarehouseError
}> {
  override get message(): string {
    return `${this.by.message}. The apply of plan ${this.plan} was cut off there; nothing was sent that its journal does not name, and \`rollbook resume\` finishes it`
  }
  /** The words of the engine, as far as it was the engine. */
  get said(): string | undefined {
    return this.by._tag === "WarehouseError" ? this.by.said : undefined
  }
}
