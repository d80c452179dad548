import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BrightspaceConnection } from "./settings.ts"
import { type TargetError, TargetWriter, type WriteStep } from "../../core/ports/target.ts"
import { formatOf } from "./bulk/format.ts"
import { makeUpload } from "./bulk/hand-over.ts"
import { makeLook } from "./bulk/look.ts"
import { makeTenant } from "./client.ts"
import { makeDirectory } from "./directory.ts"
import { enrollmentWriter, sectionEnrollmentWriter } from "./enrollment.ts"
import { offeringWriter } from "./offering.ts"
import { orgUnitWriter } from "./org-unit.ts"
import { relationshipWriter } from "./relationship.ts"
import { type ResourceWriter, unsupported } from "./resource.ts"
import { sectionWriter } from "./section.ts"
import { standsAt } from "./stands.ts"
import { templateWriter } from "./template.ts"
import { userWriter } from "./user.ts"

/**
 * The write side of a tenant. Versions are negotiated before the first step, so that a tenant below the floor is never
 * written to; roles and org unit types are read once, when first named. `timezone` is that of the district: the hours of
 * the budget are told in it.
 *
 * Routes that replace a whole record are read, merged and written only where something differs. A create whose answer is lost
 * is `AnswerLost` and not repeated: `reconcile` looks for its record first. Everything else may be sent again.
 */
export const writerLayer = (
  connection: BrightspaceConnection,
  timezone: string
): Layer.Layer<TargetWriter, TargetError> =>
  Layer.scoped(
    TargetWriter,
    Effect.gen(function* () {
      const tenant = yield* makeTenant(connection, timezone)
      yield* tenant.versions
      const directory = makeDirectory(tenant)
      const writers: ReadonlyMap<string, ResourceWriter> = new Map([
        ["org_unit", orgUnitWriter(tenant, directory)],
        ["course_template", templateWriter(tenant, directory)],
        ["course_offering", offeringWriter(tenant, directory)],
        ["section", sectionWriter(tenant, directory)],
        ["user", userWriter(tenant, directory)],
        ["enrollment", enrollmentWriter(tenant, directory)],
        ["section_enrollment", sectionEnrollmentWriter(tenant, directory)],
        ["parent_relationship", relationshipWriter(tenant)]
      ])
      const forStep =
        (verb: keyof ResourceWriter): ResourceWriter["perform"] =>
        (step: WriteStep) =>
          writers.get(step.resource)?.[verb](step) ??
          unsupported(connection.name, step, "nothing of this kind is written to Brightspace")
      const { bulk } = connection
      return {
        connection: connection.name,
        ...(bulk === undefined
          ? {}
          : {
              rows: {
                format: Effect.map(directory.roles, (roles) => formatOf(bulk, roles)),
                handOver: yield* makeUpload(tenant, bulk),
                ...makeLook(tenant, directory)
              }
            }),
        concurrency: connection.budget.concurrency,
        perform: forStep("perform"),
        reconcile: forStep("reconcile"),
        stands: standsAt(tenant, directory),
        idOf: () => null,
        requestsSent: tenant.requestsSent
      }
    })
  )
