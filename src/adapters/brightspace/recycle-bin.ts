import * as Effect from "effect/Effect"
import type { TargetError, WriteResult, WriteStep } from "../../core/ports/target.ts"
import type { Tenant } from "./client.ts"
import { needRemoteId, type ResourceWriter, result, unsupported } from "./resource.ts"

type Perform = ResourceWriter["perform"]

/** Performs steps on org units of one kind: they are made, changed and recycled. `what` names one, with its article. */
export const recyclable =
  (tenant: Tenant, what: string, create: Perform, update: Perform): Perform =>
  (step) => {
    switch (step.action) {
      case "create":
        return create(step)
      case "adopt":
      case "update":
      case "restore":
        return update(step)
      case "delete":
        return recycle(tenant, step)
      case "deactivate":
      case "unenroll":
        return unsupported(tenant.connection.name, step, `${what} can be recycled and nothing else`)
    }
  }

/** Puts the org unit of a step into the recycle bin; it wrote nothing when it is gone already. Nothing is ever deleted for good. */
export const recycle = (tenant: Tenant, step: WriteStep): Effect.Effect<WriteResult, TargetError> =>
  Effect.flatMap(needRemoteId(tenant.connection.name, step), (id) =>
    Effect.map(move(tenant, id, "recycle", ["NotFound"]), (wrote) => result(id, wrote))
  )

/** Takes an org unit out of the recycle bin; false when it was not in there. */
export const takeOutOfBin = (tenant: Tenant, orgUnitId: string): Effect.Effect<boolean, TargetError> =>
  move(tenant, orgUnitId, "restore", ["NotFound", "Invalid", "Conflict"])

const move = (
  tenant: Tenant,
  orgUnitId: string,
  verb: "recycle" | "restore",
  notThere: ReadonlyArray<TargetError["reason"]>
): Effect.Effect<boolean, TargetError> =>
  tenant
    .tell({
      product: "lp",
      method: "POST",
      path: `/orgstructure/recyclebin/${orgUnitId}/${verb}`,
      idempotent: true
    })
    .pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => notThere.includes(error.reason),
        () => Effect.succeed(false)
      )
    )
