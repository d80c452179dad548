import { found, keys, ok, page, problem, type Route } from "./fake-answers.ts"
import { type OrgUnit, roles, types, unit } from "./fake-records.ts"
import type { FakeTenant } from "./fake-tenant.ts"

/** The organization, org units, templates, offerings and sections, their recycle bin and parents. */
export const orgRoutes = (tenant: FakeTenant, id: () => string): ReadonlyArray<Route> => {
  const live = (orgUnit: string, type?: number): OrgUnit | null => {
    const found = tenant.orgUnits.get(orgUnit)
    return found === undefined || found.recycled || (type !== undefined && found.type !== type) ? null : found
  }
  const typeOf = (type: number) => types.find((one) => one.Id === type)
  const properties = (orgUnit: string, { name, code, path, type }: OrgUnit) => ({
    Identifier: orgUnit,
    Name: name,
    Code: code,
    Path: path,
    Type: typeOf(type)
  })
  const add = (orgUnit: OrgUnit): string => {
    const orgUnitId = id()
    tenant.orgUnits.set(orgUnitId, orgUnit)
    return orgUnitId
  }
  const taken = (type: number, code: string): boolean =>
    [...tenant.orgUnits.values()].some((one) => one.type === type && one.code === code && !one.recycled)
  const linked = (orgUnit: OrgUnit, type: number) => {
    const found = orgUnit.parents.find((parent) => tenant.orgUnits.get(parent)?.type === type)
    return found === undefined ? null : { Identifier: found, Name: "", Code: "" }
  }
  const course = (orgUnit: string, one: OrgUnit) => ({
    ...properties(orgUnit, one),
    IsActive: one.isActive,
    StartDate: one.start,
    EndDate: one.end,
    LocaleId: one.localeId,
    ForceLocale: false,
    CourseTemplate: linked(one, 2),
    Semester: linked(one, 5),
    Department: null,
    Description: { Text: "", Html: one.html },
    CanSelfRegister: true,
    ShowAddressBook: true
  })
  const section = (orgUnit: string, one: OrgUnit) => ({
    SectionId: Number(orgUnit),
    Name: one.name,
    Code: one.code,
    Description: { Text: one.html, Html: "" },
    Enrollments: []
  })

  return [
    ["GET", /^\/organization\/info$/, () => ok({ Identifier: "6606", Name: "Oak", TimeZone: "America/Chicago" })],
    ["GET", /^\/outypes\/$/, () => ok(types)],
    ["GET", /^\/roles\/$/, () => ok(roles)],
    ["GET", /^\/users\/whoami$/, () => ok({ Identifier: "1", FirstName: "Service" })],
    [
      "GET",
      /^\/orgstructure\/$/,
      ({ query }) =>
        page(
          [...tenant.orgUnits]
            .filter(
              ([, one]) =>
                !one.recycled &&
                String(one.type) === query.get("orgUnitType") &&
                (query.get("exactOrgUnitCode") ?? one.code) === one.code &&
                (query.get("exactOrgUnitName") ?? one.name) === one.name
            )
            .map(([orgUnit, one]) => properties(orgUnit, one)),
          query
        )
    ],
    [
      "POST",
      /^\/orgstructure\/$/,
      ({ body }) => {
        const wrong = keys(body, "Type Name Code Parents")
        if (wrong !== null) return wrong
        const { Type, Name, Code, Parents } = body as {
          Type: number
          Name: string
          Code: string
          Parents: Array<number>
        }
        if (taken(Type, Code)) return problem(400, `The code ${Code} is already in use`)
        const orgUnit = unit({ name: Name, code: Code, type: Type, parents: Parents.map(String) })
        return ok(properties(add(orgUnit), orgUnit))
      }
    ],
    ["GET", /^\/orgstructure\/(\d+)$/, (_, orgUnit) => found(live(orgUnit), (one) => properties(orgUnit, one))],
    [
      "PUT",
      /^\/orgstructure\/(\d+)$/,
      ({ body }, orgUnit) => {
        const wrong = keys(body, "Identifier Name Code Path Type")
        const { Name, Code, Path } = body as { Name: string; Code: string; Path: string }
        const one = live(orgUnit)
        if (wrong !== null || Path !== one?.path) return wrong ?? problem(400, "Path")
        Object.assign(one, { name: Name, code: Code })
        return ok(properties(orgUnit, one))
      }
    ],
    [
      "GET",
      /^\/orgstructure\/(\d+)\/parents\/$/,
      ({ query }, orgUnit) =>
        found(live(orgUnit), (one) =>
          one.parents.flatMap((parent) => {
            const above = tenant.orgUnits.get(parent)
            const wanted = query.get("ouTypeId")
            return above === undefined || (wanted !== null && String(above.type) !== wanted)
              ? []
              : [properties(parent, above)]
          })
        )
    ],
    [
      "POST",
      /^\/orgstructure\/(\d+)\/parents\/$/,
      ({ body }, orgUnit) =>
        found(typeof body === "number" ? live(orgUnit) : null, (one) => {
          one.parents.push(String(body))
        })
    ],
    [
      "DELETE",
      /^\/orgstructure\/(\d+)\/parents\/(\d+)$/,
      (_, orgUnit, parent) =>
        found(live(orgUnit), (one) => {
          if (one.parents.length < 2) throw new Error("an org unit would stand nowhere")
          one.parents = one.parents.filter((other) => other !== parent)
        })
    ],
    [
      "POST",
      /^\/orgstructure\/recyclebin\/(\d+)\/recycle$/,
      (_, orgUnit) =>
        found(live(orgUnit), (one) => {
          one.recycled = true
        })
    ],
    [
      "POST",
      /^\/orgstructure\/recyclebin\/(\d+)\/restore$/,
      (_, orgUnit) => {
        const one = tenant.orgUnits.get(orgUnit)
        return found(one?.recycled === true ? one : null, (kept) => {
          kept.recycled = false
        })
      }
    ],
    [
      "POST",
      /^\/coursetemplates\/$/,
      ({ body }) => {
        const wrong = keys(body, "Name Code Path ParentOrgUnitIds")
        if (wrong !== null) return wrong
        const { Name, Code, ParentOrgUnitIds } = body as { Name: string; Code: string; ParentOrgUnitIds: Array<number> }
        const orgUnit = unit({ name: Name, code: Code, type: 2, parents: ParentOrgUnitIds.map(String) })
        return ok(properties(add(orgUnit), orgUnit))
      }
    ],
    ["GET", /^\/coursetemplates\/(\d+)$/, (_, orgUnit) => found(live(orgUnit, 2), (one) => properties(orgUnit, one))],
    [
      "PUT",
      /^\/coursetemplates\/(\d+)$/,
      ({ body }, orgUnit) =>
        keys(body, "Name Code") ??
        found(live(orgUnit, 2), (one) => {
          const { Name, Code } = body as { Name: string; Code: string }
          Object.assign(one, { name: Name, code: Code })
        })
    ],
    [
      "POST",
      /^\/courses\/$/,
      ({ body, version }) => {
        const knowsActive = version === "1.59"
        const wrong = keys(
          body,
          `Name Code Path CourseTemplateId SemesterId StartDate EndDate LocaleId ForceLocale ShowAddressBook Description CanSelfRegister${knowsActive ? " IsActive" : ""}`
        )
        if (wrong !== null) return wrong
        const given = body as Record<string, string | number | boolean | null>
        const orgUnit = unit({
          name: String(given["Name"]),
          code: String(given["Code"]),
          type: 3,
          parents: [given["CourseTemplateId"], given["SemesterId"]].flatMap((one) =>
            one === null ? [] : [String(one)]
          ),
          isActive: !knowsActive || given["IsActive"] === true,
          start: given["StartDate"] as string | null,
          end: given["EndDate"] as string | null
        })
        return ok(course(add(orgUnit), orgUnit))
      }
    ],
    ["GET", /^\/courses\/(\d+)$/, (_, orgUnit) => found(live(orgUnit, 3), (one) => course(orgUnit, one))],
    [
      "PUT",
      /^\/courses\/(\d+)$/,
      ({ body, version }, orgUnit) =>
        keys(
          body,
          `Name Code StartDate EndDate IsActive Description CanSelfRegister${version === "1.49" ? "" : " LocaleId ForceLocale ShowAddressBook"}`
        ) ??
        found(live(orgUnit, 3), (one) => {
          const given = body as Record<string, unknown>
          Object.assign(one, {
            name: given["Name"],
            code: given["Code"],
            start: given["StartDate"],
            end: given["EndDate"],
            isActive: given["IsActive"],
            html: (given["Description"] as { Content: string }).Content,
            localeId: "LocaleId" in given ? given["LocaleId"] : one.localeId
          })
        })
    ],
    [
      "GET",
      /^\/(\d+)\/sections\/settings$/,
      (_, offering) => found(tenant.sectionsSetUp.get(offering) ?? null, (settings) => settings)
    ],
    [
      "PUT",
      /^\/(\d+)\/sections\/$/,
      ({ body }, offering) => {
        const wrong = keys(
          body,
          "EnrollmentStyle EnrollmentQuantity AutoEnroll RandomizeEnrollments DescriptionsVisibleToEnrollees"
        )
        tenant.sectionsSetUp.set(offering, body)
        return wrong ?? { status: 200 }
      }
    ],
    [
      "GET",
      /^\/(\d+)\/sections\/$/,
      (_, offering) =>
        tenant.sectionsSetUp.has(offering)
          ? ok(
              [...tenant.orgUnits].flatMap(([orgUnit, one]) =>
                one.type === 7 && one.parents.includes(offering) ? [section(orgUnit, one)] : []
              )
            )
          : problem(404, "no sections")
    ],
    [
      "POST",
      /^\/(\d+)\/sections\/$/,
      ({ body }, offering) => {
        if (!tenant.sectionsSetUp.has(offering)) return problem(400, "sections were never set up")
        const wrong = keys(body, "Name Code Description")
        const { Name, Code } = body as { Name: string; Code: string }
        const orgUnit = unit({ name: Name, code: Code, type: 7, parents: [offering] })
        return wrong ?? ok(section(add(orgUnit), orgUnit))
      }
    ],
    [
      "GET",
      /^\/(\d+)\/sections\/(\d+)$/,
      (_, offering, orgUnit) => {
        const one = live(orgUnit, 7)
        return found(one?.parents.includes(offering) === true ? one : null, (kept) => section(orgUnit, kept))
      }
    ],
    [
      "PUT",
      /^\/(\d+)\/sections\/(\d+)$/,
      ({ body }, offering, orgUnit) => {
        const one = live(orgUnit, 7)
        return (
          keys(body, "Name Code Description") ??
          found(one?.parents.includes(offering) === true ? one : null, (kept) => {
            const { Name, Code, Description } = body as { Name: string; Code: string; Description: { Content: string } }
            Object.assign(kept, { name: Name, code: Code, html: Description.Content })
          })
        )
      }
    ],
    [
      "POST",
      /^\/(\d+)\/sections\/(\d+)\/enrollments\/$/,
      ({ body }, offering, orgUnit) => {
        const wrong = keys(body, "UserId")
        const { UserId } = body as { UserId: number }
        if (!tenant.enrollments.has(`${offering}/${UserId}`)) return problem(400, "not in the offering")
        tenant.enrollments.set(`${orgUnit}/${UserId}`, { role: 110, by: 1 })
        return wrong ?? { status: 200 }
      }
    ]
  ]
}
