import * as Schema from "effect/Schema"
import { done, type Exchange, json, parameter } from "../http/exchange.ts"
import { userSummary } from "./enrollment-routes.ts"
import { refuse } from "./refusals.ts"
import { type Relationship, roleOf, type Tenant, type User, userOf } from "./tenant.ts"
import { type ApiRoute, core, readBareNumber, readBody } from "./wire.ts"

/** The field names are not in public documentation; these are what the sandbox takes. */
const Mappings = Schema.Array(Schema.Struct({ ParentUserId: Schema.Int, ChildUserId: Schema.Int })).pipe(
  Schema.maxItems(1000)
)

/** Parents and auditors. Sources: Valence bfp, relationships; Valence le, auditing. */
export const relationshipRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => [
  ...parentRoutes(tenant),
  ...auditorRoutes(tenant)
]

const parentRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const pairs = (exchange: Exchange): ReadonlyArray<Relationship> =>
    readBody(Mappings, exchange).map(({ ParentUserId, ChildUserId }) => ({
      parentId: userOf(tenant(), ParentUserId).id,
      childId: userOf(tenant(), ChildUserId).id
    }))
  return [
    {
      method: "GET",
      product: "bfp",
      path: "/relationships/:userId",
      scope: core,
      unseen: [],
      answer: (exchange) => {
        const { id } = userOf(tenant(), parameter(exchange, "userId"))
        const mine = [...tenant().relationships.values()].filter((one) => one.parentId === id || one.childId === id)
        return json(mine.map(({ parentId, childId }) => ({ ParentUserId: parentId, ChildUserId: childId })))
      }
    },
    {
      method: "PUT",
      product: "bfp",
      path: "/relationships/",
      scope: core,
      answer: (exchange) => {
        const wanted = pairs(exchange)
        for (const { parentId, childId } of wanted) {
          if (parentId === childId) throw refuse(400, "Nobody is their own parent.")
          if (!isParent(tenant(), userOf(tenant(), parentId))) {
            throw refuse(400, "The parent has no role of a parent or guardian.")
          }
        }
        for (const pair of wanted) tenant().relationships.set(`${pair.parentId} ${pair.childId}`, pair)
        return done()
      }
    },
    {
      method: "DELETE",
      product: "bfp",
      path: "/relationships/",
      scope: core,
      answer: (exchange) => {
        for (const { parentId, childId } of pairs(exchange)) tenant().relationships.delete(`${parentId} ${childId}`)
        return done()
      }
    }
  ]
}

/** Whether the role at the organization is one with "User Is Parent/Guardian". */
const isParent = (tenant: Tenant, user: User): boolean => {
  const enrollment = user.enrollments.get(tenant.rootId)
  return enrollment !== undefined && roleOf(tenant, enrollment.roleId).isParent
}

const auditorRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const auditor = (exchange: Exchange): User => userOf(tenant(), parameter(exchange, "auditorId"))
  const people = (ids: Iterable<number>): ReadonlyArray<unknown> =>
    [...ids].sort((a, b) => a - b).map((id) => userSummary(userOf(tenant(), id)))
  const auditeesOf = (id: number): ReadonlySet<number> => tenant().auditees.get(id) ?? new Set()
  return [
    {
      method: "GET",
      product: "le",
      path: "/auditing/auditors/:auditorId/auditees/",
      scope: core,
      unseen: [],
      answer: (exchange) => json(people(auditeesOf(auditor(exchange).id)))
    },
    {
      method: "POST",
      product: "le",
      path: "/auditing/auditors/:auditorId/auditees/",
      scope: core,
      answer: (exchange) => {
        const { id } = auditor(exchange)
        const auditee = userOf(tenant(), readBareNumber(exchange))
        tenant().auditees.set(id, new Set([...auditeesOf(id), auditee.id]))
        return done()
      }
    },
    {
      method: "DELETE",
      product: "le",
      path: "/auditing/auditors/:auditorId/auditees/",
      scope: core,
      answer: (exchange) => {
        const { id } = auditor(exchange)
        const auditee = userOf(tenant(), readBareNumber(exchange))
        if (!auditeesOf(id).has(auditee.id)) throw refuse(404, "The user is not an auditee of the auditor.")
        tenant().auditees.get(id)?.delete(auditee.id)
        return done()
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/auditing/auditors/:auditorId",
      scope: core,
      answer: (exchange) => json(userSummary(auditor(exchange)))
    },
    {
      method: "GET",
      product: "le",
      path: "/auditing/auditees/:auditeeId",
      scope: core,
      answer: (exchange) => {
        const { id } = userOf(tenant(), parameter(exchange, "auditeeId"))
        const auditors = [...tenant().auditees]
          .filter(([, auditees]) => auditees.has(id))
          .map(([auditorId]) => auditorId)
        return json(people(auditors))
      }
    }
  ]
}
