import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import type { Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { builtInTypes } from "./lookup.ts"
import { namesOf, rewrite, type Written, untouched } from "./merge.ts"
import { exactUnits } from "./org-unit.ts"
import { moveUnderParent } from "./parents.ts"
import { recyclable, takeOutOfBin } from "./recycle-bin.ts"
import { need, needRemoteId, type ResourceWriter, result, settleCreate, touches } from "./resource.ts"
import { CourseTemplate, Created } from "./wire.ts"

/** Course templates. Routes: `coursetemplates/`, and for moves and removals those of every org unit. */
export const templateWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const create = Effect.fnUntraced(function* (step: WriteStep) {
    const created = yield* tenant.ask(Created, {
      product: "lp",
      method: "POST",
      path: "/coursetemplates/",
      // An empty path lets the tenant choose one.
      body: {
        Name: yield* need(connection, step, "name"),
        Code: yield* need(connection, step, "code"),
        Path: "",
        ParentOrgUnitIds: [Number(yield* need(connection, step, "parent"))]
      }
    })
    return { ...result(created.Identifier, true), isProven: true }
  })

  const update = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    const restored = step.action === "restore" && (yield* takeOutOfBin(tenant, id))
    const renamed = touches(step, ["name", "code"]) ? yield* rename(step, id) : untouched
    const moved =
      "parent" in step.fields
        ? yield* moveUnderParent(tenant, step, id, yield* need(connection, step, "parent"))
        : untouched
    return result(id, restored || renamed.wrote || moved.wrote, [...renamed.leftAlone, ...moved.leftAlone])
  })

  const rename = (step: WriteStep, id: string): Effect.Effect<Written, TargetError> => {
    const path = `/coursetemplates/${id}`
    return rewrite(step, tenant.ask(CourseTemplate, { product: "lp", method: "GET", path }), namesOf, (_, fields) =>
      tenant.tell({ product: "lp", method: "PUT", path, body: { Name: fields["name"], Code: fields["code"] } })
    )
  }

  const perform = recyclable(tenant, "a course template", create, update)

  return {
    perform,
    reconcile: Effect.fn("brightspace.reconcile-template")(function* (step: WriteStep) {
      if (step.action !== "create") return yield* perform(step)
      const exact = exactUnits({
        tenant,
        directory,
        type: builtInTypes.course_template,
        name: yield* need(connection, step, "name"),
        code: yield* need(connection, step, "code"),
        parentId: yield* need(connection, step, "parent")
      })
      return yield* settleCreate(connection, step, exact, create(step))
    })
  }
}
