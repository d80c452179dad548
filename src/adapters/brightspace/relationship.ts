import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import type { Tenant, TenantRequest } from "./client.ts"
import { need, needRemoteId, type ResourceWriter, result, unsupported } from "./resource.ts"

/**
 * Writer of relations that let a person follow a student, remote id `{parent}/{student}`, by one of three routes:
 *
 * - `bfp`: PUT and DELETE `bfp/relationships/`, the one behind Brightspace for Parents. D2L documents the routes but not
 *   the body; the names of its two fields are settings, `parentField` and `childField`, to be tried on the tenant.
 * - `auditor`: `le/auditing/auditors/{parent}/auditees/`. Gives oversight, and is not the parents' portal.
 * - `off`: nothing is sent. Plans leave such steps out; one that was made before is `Unsupported`, for what is not sent
 *   must not be recorded as written.
 */
export const relationshipWriter = (tenant: Tenant): ResourceWriter => {
  const { name: connection, relationships } = tenant.connection

  const request = (method: "PUT" | "DELETE", parent: string, student: string): TenantRequest =>
    relationships.route === "bfp"
      ? {
          product: "bfp",
          method,
          path: "/relationships/",
          body: [{ [relationships.parentField]: Number(parent), [relationships.childField]: Number(student) }]
        }
      : {
          product: "le",
          method: method === "PUT" ? "POST" : "DELETE",
          path: `/auditing/auditors/${parent}/auditees/`,
          body: Number(student),
          idempotent: true
        }

  /** True when something changed; a relationship that stands, or is gone, already is as good. */
  const send = (method: "PUT" | "DELETE", id: string): Effect.Effect<boolean, TargetError> => {
    const [parent = "", student = ""] = id.split("/")
    const already = method === "PUT" ? "Conflict" : "NotFound"
    return tenant.tell(request(method, parent, student)).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error.reason === already,
        () => Effect.succeed(false)
      )
    )
  }

  const relate = Effect.fnUntraced(function* (step: WriteStep) {
    const id = `${yield* need(connection, step, "parent")}/${yield* need(connection, step, "student")}`
    const wrote = yield* send("PUT", id)
    if (step.action === "update" && step.remoteId !== null && step.remoteId !== id) {
      yield* send("DELETE", step.remoteId)
    }
    return result(id, wrote)
  })

  const unrelate = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    return result(id, yield* send("DELETE", id))
  })

  const perform: ResourceWriter["perform"] = (step) => {
    if (relationships.route === "off") return unsupported(connection, step, "relationships are off")
    switch (step.action) {
      case "create":
      case "adopt":
      case "update":
      case "restore":
        return relate(step)
      case "delete":
        return unrelate(step)
      case "deactivate":
      case "unenroll":
        return unsupported(connection, step, "a relationship can be removed and nothing else")
    }
  }
  return { perform, reconcile: perform }
}
