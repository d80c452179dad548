import { found, keys, ok, page, problem, type Route } from "./fake-answers.ts"
import type { User } from "./fake-records.ts"
import type { Answer, FakeTenant } from "./fake-tenant.ts"

/** Users, enrollments and relationships. */
export const peopleRoutes = (tenant: FakeTenant, id: () => string): ReadonlyArray<Route> => {
  const user = (userId: string, { IsActive, ...one }: User) => ({
    OrgId: 6606,
    UserId: Number(userId),
    ...one,
    Activation: { IsActive },
    DisplayName: "",
    UniqueIdentifier: one.UserName
  })

  return [
    [
      "GET",
      /^\/users\/$/,
      ({ query }) => {
        const all = [...tenant.users]
        const orgDefinedId = query.get("orgDefinedId")
        const userName = query.get("userName")
        if (orgDefinedId !== null) {
          return ok(
            all.filter(([, one]) => one.OrgDefinedId === orgDefinedId).map(([userId, one]) => user(userId, one))
          )
        }
        if (userName !== null) {
          const named = all.find(([, one]) => one.UserName.toLowerCase() === userName.toLowerCase())
          return named === undefined ? problem(404, "no such user") : ok(user(named[0], named[1]))
        }
        return page(
          all.map(([userId, one]) => user(userId, one)),
          query
        )
      }
    ],
    [
      "POST",
      /^\/users\/$/,
      ({ body }) => {
        const wrong = keys(body, `${userKeys} RoleId IsActive SendCreationEmail`)
        const { RoleId, SendCreationEmail, ...given } = body as User & { RoleId: number; SendCreationEmail: boolean }
        if (wrong !== null || SendCreationEmail) return wrong ?? problem(400, "mail")
        if ([...tenant.users.values()].some((one) => one.UserName === given.UserName)) {
          return { status: 400, body: { Errors: [{ Message: `The username ${given.UserName} is already in use.` }] } }
        }
        const userId = id()
        tenant.users.set(userId, given)
        tenant.enrollments.set(`6606/${userId}`, { role: RoleId, by: 1 })
        return ok(user(userId, given))
      }
    ],
    ["GET", /^\/users\/(\d+)$/, (_, userId) => found(tenant.users.get(userId) ?? null, (one) => user(userId, one))],
    [
      "PUT",
      /^\/users\/(\d+)$/,
      ({ body }, userId) => {
        const { Activation, ...given } = body as User & { Activation: { IsActive: boolean } }
        return (
          keys(body, `${userKeys} Activation`) ??
          found(tenant.users.get(userId) ?? null, () => {
            tenant.users.set(userId, { ...given, IsActive: Activation.IsActive })
          })
        )
      }
    ],
    [
      "GET",
      /^\/users\/(\d+)\/activation$/,
      (_, userId) => found(tenant.users.get(userId) ?? null, ({ IsActive }) => ({ IsActive }))
    ],
    [
      "PUT",
      /^\/users\/(\d+)\/activation$/,
      ({ body }, userId) =>
        keys(body, "IsActive") ?? found(tenant.users.get(userId) ?? null, (one) => void Object.assign(one, body))
    ],
    [
      "POST",
      /^\/enrollments\/$/,
      ({ body }) => {
        const wrong = keys(body, "OrgUnitId UserId RoleId")
        const { OrgUnitId, UserId, RoleId } = body as { OrgUnitId: number; UserId: number; RoleId: number }
        const key = `${OrgUnitId}/${UserId}`
        // As on a tenant: another role does not change who enrolled the person.
        tenant.enrollments.set(key, { role: RoleId, by: tenant.enrollments.get(key)?.by ?? 1 })
        return wrong ?? ok({ OrgUnitId, UserId, RoleId, IsCascading: false })
      }
    ],
    [
      "GET",
      /^\/enrollments\/orgUnits\/(\d+)\/users\/(\d+)$/,
      (_, orgUnit, userId) =>
        found(tenant.enrollments.get(`${orgUnit}/${userId}`) ?? null, ({ role }) => ({
          OrgUnitId: Number(orgUnit),
          UserId: Number(userId),
          RoleId: role,
          IsCascading: false
        }))
    ],
    [
      "DELETE",
      /^\/enrollments\/orgUnits\/(\d+)\/users\/(\d+)$/,
      (_, orgUnit, userId) =>
        tenant.enrollments.delete(`${orgUnit}/${userId}`) ? { status: 200 } : problem(404, "not enrolled")
    ],
    [
      "GET",
      /^\/enrollments\/users\/(\d+)\/orgUnits\/$/,
      ({ query }, userId) =>
        page(
          [...tenant.enrollments].flatMap(([key, { role, by }]) => {
            const [orgUnit = "", who] = key.split("/")
            return who === userId
              ? [{ OrgUnit: { Id: Number(orgUnit), Name: "", Code: "" }, Role: { Id: role }, EnrolledByUserId: by }]
              : []
          }),
          query
        )
    ],
    ["PUT", /^\/relationships\/$/, ({ body }) => pairs(body, (pair) => tenant.relationships.add(pair))],
    ["DELETE", /^\/relationships\/$/, ({ body }) => pairs(body, (pair) => tenant.relationships.delete(pair))],
    [
      "POST",
      /^\/auditing\/auditors\/(\d+)\/auditees\/$/,
      ({ body }, auditor) => {
        tenant.relationships.add(`${auditor}/${Number(body)}`)
        return { status: 200 }
      }
    ],
    [
      "DELETE",
      /^\/auditing\/auditors\/(\d+)\/auditees\/$/,
      ({ body }, auditor) =>
        tenant.relationships.delete(`${auditor}/${Number(body)}`) ? { status: 200 } : problem(404, "no such auditee")
    ]
  ]
}

const userKeys = "OrgDefinedId FirstName MiddleName LastName ExternalEmail UserName Pronouns"

const pairs = (body: unknown, each: (pair: string) => unknown): Answer => {
  for (const pair of body as Array<Record<string, number>>) {
    const wrong = keys(pair, "ParentUserId ChildUserId")
    if (wrong !== null) return wrong
    each(`${pair["ParentUserId"]}/${pair["ChildUserId"]}`)
  }
  return { status: 200 }
}
