import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { RowWriter } from "../../../core/ports/bulk.ts"
import type { WriteResult, WriteStep } from "../../../core/ports/target.ts"
import { orMissing, type Tenant } from "../client.ts"
import type { Directory } from "../directory.ts"
import { allOrgUnitsOf, builtInTypes, type OrgUnitRecord, orgUnitsBy } from "../lookup.ts"
import { once, onceEach } from "../once.ts"
import { result } from "../resource.ts"
import { userFields } from "../user.ts"
import { Enrollment, Id, SectionPeople } from "../wire.ts"
import { makeAway } from "./away.ts"
import { type Asked, eitherWay } from "./either-way.ts"
import { makeNames } from "./names.ts"

/** A person in an org unit, as lists show it. */
const OrgUnitUser = Schema.Struct({ User: Schema.Struct({ Identifier: Id }), Role: Schema.Struct({ Id }) })

/** So many people of one org unit are asked for one by one; beyond, its list is read. */
const fewInOnePlace = 3

type Looks = Pick<RowWriter, "look" | "mayEnd" | "named">

/**
 * Looks whether records that went as rows stand as wanted. Org units are found by code, people by Org Defined ID, places in
 * org units and sections by what these list. The first ones are asked for one by one; beyond, lists are read, once a pass.
 */
export const makeLook = (tenant: Tenant, directory: Directory): Looks & Pick<RowWriter, "lookAnew"> => {
  let looks = freshLooks(tenant, directory)
  return {
    look: (step) => Effect.suspend(() => looks.look(step)),
    mayEnd: (step, row) => Effect.suspend(() => looks.mayEnd(step, row)),
    named: (field, value) => Effect.suspend(() => looks.named(field, value)),
    lookAnew: Effect.sync(() => {
      looks = freshLooks(tenant, directory)
    })
  }
}

const freshLooks = (tenant: Tenant, directory: Directory): Looks => {
  const names = makeNames(tenant)
  const units = new Map<string, (code: string) => Asked<ReadonlyArray<OrgUnitRecord>>>()
  const unitsOf = (type: string) => {
    const known =
      units.get(type) ??
      eitherWay(
        (value) => orgUnitsBy({ tenant, directory, type, filter: "exactOrgUnitCode", value }),
        allOrgUnitsOf(tenant, directory, type),
        (unit: OrgUnitRecord) => unit.Code
      )
    units.set(type, known)
    return known
  }

  const places = new Map<string, { asked: number; list: Asked<ReadonlyMap<string, string>> }>()
  /** Id of the role that a person has in an org unit; null where there is none to be seen. */
  const roleIn = (orgUnit: string, user: string): Asked<string | null> => {
    const place = places.get(orgUnit) ?? {
      asked: 0,
      list: once(
        Effect.map(
          tenant.askPages(OrgUnitUser, {
            product: "lp",
            method: "GET",
            path: `/enrollments/orgUnits/${orgUnit}/users/`
          }),
          (all) => new Map(all.map((one) => [one.User.Identifier, one.Role.Id]))
        )
      )
    }
    places.set(orgUnit, place)
    if (++place.asked > fewInOnePlace) return Effect.map(place.list, (list) => list.get(user) ?? null)
    const path = `/enrollments/orgUnits/${orgUnit}/users/${user}`
    return Effect.map(
      orMissing(tenant.ask(Enrollment, { product: "lp", method: "GET", path })),
      (held) => held?.RoleId ?? null
    )
  }

  const peopleIn = onceEach((path) =>
    Effect.map(
      orMissing(tenant.ask(SectionPeople, { product: "lp", method: "GET", path })),
      (held): ReadonlySet<string> => new Set(held?.Enrollments ?? [])
    )
  )
  const isInSection = (offering: string, section: string, user: string): Asked<boolean> =>
    Effect.map(peopleIn(`/${offering}/sections/${section}`), (held) => held.has(user))

  const { lookGone, mayEnd } = makeAway(tenant, directory, names)
  const look: Looks["look"] = (step) => {
    const value = (field: string): string => step.fields[field] ?? ""
    if (step.action === "unenroll") return lookGone(step)
    switch (step.resource) {
      case "course_template":
      case "course_offering":
      case "section":
        return Effect.map(unitsOf(builtInTypes[step.resource])(value("code")), (found) =>
          theOne(
            found.filter((unit) => unit.Code === value("code") && unit.Name === value("name")),
            (unit) => unit.Identifier
          )
        )
      case "user":
        return Effect.map(names.people(value("org_defined_id")), (found) =>
          theOne(
            found.filter((user) => isAsWanted(step, userFields(user))),
            (user) => user.UserId
          )
        )
      case "enrollment": {
        const [orgUnit, user] = [value("org_unit"), value("user")]
        return Effect.map(Effect.all([roleIn(orgUnit, user), directory.roleId(value("role"))]), ([held, wanted]) =>
          held === wanted ? result(`${orgUnit}/${user}`, true) : null
        )
      }
      case "section_enrollment": {
        const [section, user] = [value("section"), value("user")]
        const [offering = ""] = value("enrollment").split("/")
        return Effect.map(isInSection(offering, section, user), (isThere) =>
          isThere ? result(`${section}/${user}`, true) : null
        )
      }
      default:
        return Effect.succeed(null)
    }
  }
  return { look, mayEnd, named: names.named }
}

/** The one that was found; null for none, and for several, of which nobody knows which it is. */
const theOne = <A>(found: ReadonlyArray<A>, idOf: (one: A) => string): WriteResult | null => {
  const [one, ...others] = found
  return one === undefined || others.length > 0 ? null : result(idOf(one), true)
}

const isAsWanted = (step: WriteStep, held: Readonly<Record<string, string | null>>): boolean =>
  ["username", "org_defined_id", "first_name", "last_name", "email"].every(
    (field) => !(field in step.fields) || spelled(held[field]) === spelled(step.fields[field])
  ) && held["is_active"] === (step.fields["is_active"] ?? "true")

/** Names of accounts and addresses are the same in any case. */
const spelled = (value: string | null | undefined): string => (value ?? "").toLowerCase()
