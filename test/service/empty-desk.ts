import * as Effect from "effect/Effect"
import { NotFound } from "../../src/service/http/contract/errors.ts"
import type { DeskService } from "../../src/service/http/desk.ts"

const nothing = Effect.fail(new NotFound({ message: "nothing lies here" }))

/** A desk on which nothing lies: whoever gets as far as here is told so. */
export const emptyDesk: DeskService = {
  pagesFolder: "",
  zone: Effect.succeed("America/Chicago"),
  trail: () => nothing,
  dashboard: nothing,
  runNow: () => nothing,
  planReview: () => nothing,
  planSteps: () => nothing,
  approve: () => nothing,
  audit: () => nothing,
  configuration: nothing,
  setSwitch: () => nothing,
  quarantine: () => nothing,
  connections: nothing,
  course: () => nothing,
  gradebook: () => nothing,
  startExport: () => nothing,
  exports: () => nothing,
  oneExport: () => nothing,
  cleanup: () => nothing
}
