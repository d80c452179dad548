import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { BrightspaceConnection } from "./settings.ts"
import {
  byRemoteId,
  type ExistingRecord,
  type FindRequest,
  TargetError,
  TargetReader
} from "../../core/ports/target.ts"
import { formatOf } from "./bulk/format.ts"
import { makeTenant, orMissing, type Tenant } from "./client.ts"
import { type Directory, makeDirectory } from "./directory.ts"
import {
  allOrgUnitsOf,
  allUsers,
  builtInTypes,
  type OrgUnitRecord,
  orgUnitsBy,
  usersByOrgDefinedId,
  usersByUsername
} from "./lookup.ts"
import { askOneByOneUpTo, existingOrgUnit, existingUser, findStanding } from "./standing.ts"
import { CourseOffering, Section } from "./wire.ts"

/**
 * The read side of a tenant. Nothing is asked before it is needed. `timezone` is that of the district: the hours of the
 * budget are told in it.
 *
 * Records that rollbook wrote are found by their own ids as well.
 * Existing users have all their fields but the role; org units, templates, offerings and sections have name and code. Where it is asked for, an offering has template and semester,
 * for which each one found is read by itself, and a section its offering: it is looked for in those of the wanted ones.
 */
export const readerLayer = (
  connection: BrightspaceConnection,
  timezone: string
): Layer.Layer<TargetReader, TargetError> =>
  Layer.scoped(
    TargetReader,
    Effect.map(makeTenant(connection, timezone), (tenant) => {
      const directory = makeDirectory(tenant)
      return {
        connection: connection.name,
        describe: describe(tenant, directory),
        find: (request) => find(tenant, directory, request),
        asHeld: (_field, value) => value || null
      }
    })
  )

const describe = (tenant: Tenant, directory: Directory): TargetReader["Type"]["describe"] =>
  Effect.gen(function* () {
    const versions = yield* tenant.versions
    const organization = yield* directory.organization
    const roles = yield* directory.roles
    const { bulk } = tenant.connection
    return {
      versions,
      rootOrgUnitId: organization.id,
      timezone: organization.timezone,
      roles,
      ...(bulk === undefined ? {} : { rows: formatOf(bulk, roles) }),
      orgUnitTypes: yield* directory.orgUnitTypes,
      switchedOff:
        tenant.connection.relationships.route === "off"
          ? { parent_relationship: "not sent, for the connection's relationships are off" }
          : {}
    }
  }).pipe(Effect.withSpan("brightspace.describe"))

const find = Effect.fn("brightspace.find")(function* (tenant: Tenant, directory: Directory, request: FindRequest) {
  if (request.matchBy.includes(byRemoteId)) return yield* findStanding(tenant, directory, request)
  switch (request.resource) {
    case "user":
      return (yield* findUsers(tenant, request)).map(existingUser)
    case "section":
      if (request.within?.includes("offering") === true) return yield* sectionsWithin(tenant, request)
      return (yield* findOrgUnits(tenant, directory, request, builtInTypes.section)).map(existingOrgUnit)
    case "course_offering": {
      const units = yield* findOrgUnits(tenant, directory, request, builtInTypes.course_offering)
      return (request.within ?? []).length === 0
        ? units.map(existingOrgUnit)
        : yield* placedOfferings(tenant, request, units)
    }
    case "course_template":
      return (yield* findOrgUnits(tenant, directory, request, builtInTypes[request.resource])).map(existingOrgUnit)
    case "org_unit":
      if (request.type !== null) {
        return (yield* findOrgUnits(tenant, directory, request, request.type)).map(existingOrgUnit)
      }
  }
  return yield* new TargetError({
    reason: "Unsupported",
    connection: tenant.connection.name,
    request: `find ${request.resource}`,
    detail: "existing records of this kind cannot be looked for"
  })
})

const findUsers = Effect.fn("brightspace.find-users")(function* (tenant: Tenant, request: FindRequest) {
  if (listsAll(request)) return yield* allUsers(tenant)
  return yield* findEach(
    tenant,
    request,
    (field, value) => {
      switch (field) {
        case "org_defined_id":
          return usersByOrgDefinedId(tenant, value)
        case "username":
          return usersByUsername(tenant, value)
        default:
          return null
      }
    },
    (user) => user.UserId
  )
})

const findOrgUnits = Effect.fn("brightspace.find-units")(function* (
  tenant: Tenant,
  directory: Directory,
  request: FindRequest,
  type: string
) {
  if (listsAll(request)) return yield* allOrgUnitsOf(tenant, directory, type)
  return yield* findEach(
    tenant,
    request,
    (field, value) => {
      switch (field) {
        case "code":
          return orgUnitsBy({ tenant, directory, type, filter: "exactOrgUnitCode", value })
        case "name":
          return orgUnitsBy({ tenant, directory, type, filter: "exactOrgUnitName", value })
        default:
          return null
      }
    },
    (unit) => unit.Identifier
  )
})

/** Offerings with their template and semester, of which a list says nothing. One that went meanwhile is none. */
const placedOfferings = Effect.fn("brightspace.place-offerings")(function* (
  tenant: Tenant,
  request: FindRequest,
  units: ReadonlyArray<OrgUnitRecord>
) {
  const wanted = new Set(
    request.wanted.flatMap((one) => request.matchBy.map((field) => `${field} ${(one[field] ?? "").toLowerCase()}`))
  )
  const known = units.filter(
    (unit) =>
      wanted.size === 0 ||
      wanted.has(`name ${(unit.Name ?? "").toLowerCase()}`) ||
      wanted.has(`code ${(unit.Code ?? "").toLowerCase()}`)
  )
  const offerings = yield* Effect.forEach(
    known,
    ({ Identifier }) =>
      orMissing(tenant.ask(CourseOffering, { product: "lp", method: "GET", path: `/courses/${Identifier}` })),
    { concurrency: tenant.connection.budget.concurrency }
  )
  return offerings.flatMap((offering): ReadonlyArray<ExistingRecord> =>
    offering === null
      ? []
      : [
          {
            remoteId: offering.Identifier,
            fields: {
              name: offering.Name,
              code: offering.Code,
              template: offering.CourseTemplate?.Identifier ?? null,
              semester: offering.Semester?.Identifier ?? null
            }
          }
        ]
  )
})

/** The sections of the offerings in which one is wanted; an offering whose sections were never set up has none. */
const sectionsWithin = Effect.fn("brightspace.sections-within")(function* (tenant: Tenant, request: FindRequest) {
  const offerings = [...new Set(request.wanted.flatMap(({ offering }) => (offering ? [offering] : [])))]
  const found = yield* Effect.forEach(
    offerings,
    (offering) =>
      Effect.map(
        orMissing(tenant.ask(Schema.Array(Section), { product: "lp", method: "GET", path: `/${offering}/sections/` })),
        (sections) =>
          (sections ?? []).map((section): ExistingRecord => ({
            remoteId: section.SectionId,
            fields: { name: section.Name, code: section.Code, offering }
          }))
      ),
    { concurrency: tenant.connection.budget.concurrency }
  )
  return found.flat()
})

const listsAll = (request: FindRequest): boolean =>
  request.wanted.length === 0 || request.wanted.length > askOneByOneUpTo

/** Asks for each wanted record by each of its fields: what one finds may turn out to be another record's already. */
const findEach = <A>(
  tenant: Tenant,
  request: FindRequest,
  ask: (field: string, value: string) => Effect.Effect<ReadonlyArray<A>, TargetError> | null,
  idOf: (record: A) => string
): Effect.Effect<ReadonlyArray<A>, TargetError> =>
  Effect.map(
    Effect.forEach(
      request.wanted,
      (wanted) =>
        Effect.forEach(request.matchBy, (field) => {
          const value = wanted[field] ?? ""
          return (value === "" ? null : ask(field, value)) ?? Effect.succeed([])
        }),
      { concurrency: tenant.connection.budget.concurrency }
    ),
    (found) => [...new Map(found.flat(2).map((record) => [idOf(record), record])).values()]
  )
