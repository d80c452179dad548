import type { OrgUnit, Tenant, User } from "../tenant.ts"
import { liveObjects } from "./gradebook.ts"
import type { Gradebook, GradeObject } from "./model.ts"

/** The grade books of a tenant with their ids; deleted grade objects are marked. Private comments are left out. */
export const gradebooksOf = (tenant: Tenant): ReadonlyArray<unknown> =>
  inUse(tenant).map(({ offering, gradebook }) => ({
    orgUnitId: offering.id,
    code: offering.code,
    categories: [...gradebook.categories.values()].map(({ id, name, exportToSis }) => ({ id, name, exportToSis })),
    items: [...gradebook.objects.values()].map((object) => ({
      id: object.id,
      name: object.name,
      type: object.type,
      maxPoints: object.maxPoints,
      categoryId: object.categoryId,
      academicSessionOrgUnitId: object.export.AcademicSessionOrgUnitId,
      associatedTool: object.associatedTool,
      isDeleted: object.isDeleted,
      scores: scoresOf(object),
      values: [...object.values]
        .sort(([a], [b]) => a - b)
        .map(([userId, { points, outOf, comment, lastModified }]) => ({
          userId,
          points,
          outOf,
          comment,
          lastModified
        })),
      exemptions: [...object.exemptions].sort((a, b) => a - b)
    })),
    activities: gradebook.activities
  }))

/**
 * The grade books without ids and instants: items by course and name, scores by person. Those of recycled
 * courses are left out.
 */
export const gradebookDigest = (
  tenant: Tenant,
  offeringKey: (offering: OrgUnit) => string,
  userKey: (user: User) => string
): Readonly<Record<string, unknown>> => {
  const who = (id: number): string => {
    const user = tenant.users.get(id)
    return user === undefined ? "" : userKey(user)
  }
  return sorted(
    inUse(tenant)
      .filter(({ offering }) => !offering.isRecycled)
      .map(({ offering, gradebook }) => [
        offeringKey(offering),
        sorted(
          liveObjects(gradebook).map((object) => {
            const category = gradebook.categories.get(object.categoryId ?? 0)
            const activity = gradebook.activities.find((one) => one.gradeObjectId === object.id)
            return [
              object.name,
              {
                type: object.type,
                maxPoints: object.maxPoints,
                category: category?.name ?? null,
                exportToSis: category?.exportToSis ?? false,
                session: tenant.orgUnits.get(object.export.AcademicSessionOrgUnitId ?? 0)?.code ?? null,
                activity: activity === undefined ? null : { tool: activity.tool, due: activity.due, end: activity.end },
                scores: sorted(
                  [...object.values].map(([id, { points, outOf, comment }]) => [who(id), { points, outOf, comment }])
                ),
                exemptions: [...object.exemptions].map(who).sort()
              }
            ]
          })
        )
      ])
  )
}

/** `3 grade items, 41 scores` for eyes; empty where there is no grade book. */
export const gradebookLine = (tenant: Tenant, offering: OrgUnit): string => {
  const gradebook = tenant.gradebooks.byOrgUnit.get(offering.id)
  if (gradebook === undefined || gradebook.objects.size === 0) return ""
  const live = liveObjects(gradebook)
  const scores = live.reduce((sum, object) => sum + scoresOf(object), 0)
  return `${live.length} grade items, ${scores} scores`
}

const inUse = (tenant: Tenant): ReadonlyArray<{ readonly offering: OrgUnit; readonly gradebook: Gradebook }> =>
  [...tenant.gradebooks.byOrgUnit]
    .sort(([a], [b]) => a - b)
    .flatMap(([id, gradebook]) => {
      const offering = tenant.orgUnits.get(id)
      const isEmpty = gradebook.objects.size === 0 && gradebook.categories.size === 0
      return offering === undefined || isEmpty ? [] : [{ offering, gradebook }]
    })

const scoresOf = (object: GradeObject): number =>
  [...object.values.values()].filter((value) => value.points !== null).length

const sorted = (entries: ReadonlyArray<readonly [string, unknown]>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
