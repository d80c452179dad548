import * as Schema from "effect/Schema"
import { type Answer, done, type Exchange, json, parameter } from "../http/exchange.ts"
import {
  createOrgUnit,
  deleteOrgUnit,
  demandFreeCode,
  demandNameAndCode,
  link,
  orgUnitJson,
  renameOrgUnit,
  unlink
} from "./org-units.ts"
import { refuse } from "./refusals.ts"
import { isHidden, type OrgUnit, orgUnitOf, type OrgUnitType, type Tenant, typeIds, allAlong } from "./tenant.ts"
import { type ApiRoute, core, emptyPage, idInQuery, pagedResultSet, readBareNumber, readBody } from "./wire.ts"

const OrgUnitTypeData = Schema.Struct({
  Code: Schema.String,
  Name: Schema.NonEmptyString,
  Description: Schema.String,
  SortOrder: Schema.Int
})

const OrgUnitCreateData = Schema.Struct({
  Type: Schema.Int,
  Name: Schema.String,
  Code: Schema.String,
  Parents: Schema.Array(Schema.Int)
})

const OrgUnitProperties = Schema.Struct({ Name: Schema.String, Code: Schema.String, Path: Schema.String })

/** Types, search, tree and recycle bin. Source: Valence lp, org structure. */
export const orgStructureRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => [
  ...typeRoutes(tenant),
  ...treeRoutes(tenant, pageSize),
  ...recycleRoutes(tenant, pageSize)
]

const read = "organizations:organization:read"
const update = "organizations:organization:update"
const remove = "organizations:organization:delete"

const typeRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const typeAt = (id: string): OrgUnitType => {
    const found = tenant().types.get(Number(id))
    if (found === undefined) throw refuse(404, "There is no such org unit type.")
    return found
  }
  const editable = (type: OrgUnitType): void => {
    if (type.isBuiltIn) throw refuse(403, "This org unit type cannot be changed.")
  }
  return [
    {
      method: "GET",
      product: "lp",
      path: "/organization/info",
      scope: read,
      answer: () => {
        const { rootId, name, timeZone } = tenant()
        return json({ Identifier: String(rootId), Name: name, TimeZone: timeZone })
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/outypes/",
      scope: core,
      unseen: [],
      answer: () => json([...tenant().types.values()].map(typeJson))
    },
    {
      method: "GET",
      product: "lp",
      path: "/outypes/:typeId",
      scope: core,
      answer: (exchange) => {
        const id = parameter(exchange, "typeId")
        if (id === "semester") return json(typeJson(typeAt(String(typeIds.semester))))
        if (id === "department") return json(typeJson(typeAt(String(typeIds.department))))
        return json(typeJson(typeAt(id)))
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/outypes/",
      scope: core,
      answer: (exchange) => {
        const type = typeFrom(tenant().nextTypeId, readBody(OrgUnitTypeData, exchange))
        tenant().nextTypeId++
        tenant().types.set(type.id, type)
        return json(typeJson(type))
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/outypes/:typeId",
      scope: core,
      answer: (exchange) => {
        const before = typeAt(parameter(exchange, "typeId"))
        editable(before)
        const type = typeFrom(before.id, readBody(OrgUnitTypeData, exchange))
        tenant().types.set(type.id, type)
        return json(typeJson(type))
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/outypes/:typeId",
      scope: core,
      answer: (exchange) => {
        const type = typeAt(parameter(exchange, "typeId"))
        editable(type)
        if ([...tenant().orgUnits.values()].some((orgUnit) => orgUnit.typeId === type.id)) {
          throw refuse(403, "There are org units of this type.")
        }
        tenant().types.delete(type.id)
        return done()
      }
    }
  ]
}

const typeFrom = (id: number, body: typeof OrgUnitTypeData.Type): OrgUnitType => ({
  id,
  code: body.Code,
  name: body.Name,
  description: body.Description,
  sortOrder: body.SortOrder,
  isBuiltIn: false
})

const typeJson = (type: OrgUnitType): unknown => ({
  Id: type.id,
  Code: type.code,
  Name: type.name,
  Description: type.description,
  SortOrder: type.sortOrder,
  Permissions: { CanEdit: !type.isBuiltIn, CanDelete: !type.isBuiltIn }
})

const treeRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): OrgUnit => orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
  const asJson = (orgUnit: OrgUnit): unknown => orgUnitJson(tenant(), orgUnit)
  const withPath = (orgUnit: OrgUnit): unknown => ({ ...orgUnitJson(tenant(), orgUnit), Path: orgUnit.path })
  const paged = (exchange: Exchange, orgUnits: ReadonlyArray<OrgUnit>, toJson = asJson): Answer =>
    pagedResultSet(exchange, orgUnits, (one) => one.id, toJson, pageSize())
  const near = (orgUnit: OrgUnit, direction: "parents" | "children"): ReadonlyArray<OrgUnit> =>
    [...orgUnit[direction]]
      .sort((a, b) => a - b)
      .map((id) => tenant().orgUnits.get(id))
      .filter((one) => one !== undefined)
      .filter((one) => !isHidden(tenant(), one))
  const ofType = (exchange: Exchange, orgUnits: ReadonlyArray<OrgUnit>): ReadonlyArray<OrgUnit> => {
    const type = idInQuery(exchange, "ouTypeId")
    return type === null ? orgUnits : orgUnits.filter((one) => one.typeId === type)
  }
  const all = (): ReadonlyArray<OrgUnit> => [...tenant().orgUnits.values()].filter((one) => !isHidden(tenant(), one))
  const relation = (path: string, find: (orgUnit: OrgUnit) => ReadonlyArray<OrgUnit>, isPaged: boolean): ApiRoute => ({
    method: "GET",
    product: "lp",
    path: `/orgstructure/:orgUnitId/${path}/`,
    scope: read,
    unseen: isPaged ? emptyPage : [],
    answer: (exchange) => {
      const found = ofType(exchange, find(at(exchange)))
      return isPaged ? paged(exchange, found) : json(found.map(asJson))
    }
  })
  return [
    {
      method: "GET",
      product: "lp",
      path: "/orgstructure/",
      scope: read,
      unseen: emptyPage,
      answer: (exchange) => paged(exchange, search(tenant(), exchange), withPath)
    },
    {
      method: "GET",
      product: "lp",
      path: "/orgstructure/orphans/",
      scope: read,
      unseen: emptyPage,
      answer: (exchange) =>
        paged(
          exchange,
          ofType(exchange, all()).filter((one) => one.parents.size === 0 && one.id !== tenant().rootId)
        )
    },
    {
      method: "GET",
      product: "lp",
      path: "/orgstructure/childless/",
      scope: read,
      unseen: emptyPage,
      answer: (exchange) =>
        paged(
          exchange,
          ofType(exchange, all()).filter((one) => near(one, "children").length === 0)
        )
    },
    {
      method: "GET",
      product: "lp",
      path: "/orgstructure/:orgUnitId",
      scope: read,
      answer: (exchange) => json(withPath(at(exchange)))
    },
    {
      method: "POST",
      product: "lp",
      path: "/orgstructure/",
      scope: "organizations:organization:create",
      answer: (exchange) => {
        const body = readBody(OrgUnitCreateData, exchange)
        const type = tenant().types.get(body.Type)
        if (type === undefined) throw refuse(400, "There is no org unit type with this id.")
        if (type.isBuiltIn && type.id !== typeIds.semester) {
          throw refuse(400, "Org units of this type are not made by this route.")
        }
        demandNameAndCode(body.Name, body.Code)
        demandFreeCode(tenant(), type.id, body.Code, 400, null)
        const parents = body.Parents.map((id) => orgUnitOf(tenant(), id))
        return json(asJson(createOrgUnit(tenant(), type.id, body.Name, body.Code, parents)))
      }
    },
    {
      method: "PUT",
      product: "lp",
      path: "/orgstructure/:orgUnitId",
      scope: update,
      answer: (exchange) => {
        const orgUnit = at(exchange)
        const body = readBody(OrgUnitProperties, exchange)
        demandNameAndCode(body.Name, body.Code)
        demandFreeCode(tenant(), orgUnit.typeId, body.Code, 400, orgUnit)
        renameOrgUnit(tenant(), orgUnit, body.Name, body.Code)
        orgUnit.path = body.Path
        return json(withPath(orgUnit))
      }
    },
    relation("children", (orgUnit) => near(orgUnit, "children"), false),
    relation("children/paged", (orgUnit) => near(orgUnit, "children"), true),
    relation("parents", (orgUnit) => near(orgUnit, "parents"), false),
    relation("descendants", (orgUnit) => allAlong(tenant(), orgUnit, "children"), false),
    relation("descendants/paged", (orgUnit) => allAlong(tenant(), orgUnit, "children"), true),
    relation("ancestors", (orgUnit) => allAlong(tenant(), orgUnit, "parents"), false),
    {
      method: "POST",
      product: "lp",
      path: "/orgstructure/:orgUnitId/children/",
      scope: update,
      answer: (exchange) => {
        link(tenant(), at(exchange), orgUnitOf(tenant(), readBareNumber(exchange)))
        return done()
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/orgstructure/:orgUnitId/parents/",
      scope: update,
      answer: (exchange) => {
        link(tenant(), orgUnitOf(tenant(), readBareNumber(exchange)), at(exchange))
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/orgstructure/:orgUnitId/children/:otherId",
      scope: update,
      answer: (exchange) => {
        unlink(at(exchange), orgUnitOf(tenant(), parameter(exchange, "otherId")))
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/orgstructure/:orgUnitId/parents/:otherId",
      scope: update,
      answer: (exchange) => {
        unlink(orgUnitOf(tenant(), parameter(exchange, "otherId")), at(exchange))
        return done()
      }
    }
  ]
}

/** `orgUnitCode` and `orgUnitName` match parts; only their exact forms match the whole. */
const search = (tenant: Tenant, exchange: Exchange): ReadonlyArray<OrgUnit> => {
  const { query } = exchange
  const type = idInQuery(exchange, "orgUnitType")
  const code = query.get("orgUnitCode")?.toLowerCase()
  const name = query.get("orgUnitName")?.toLowerCase()
  const exactCode = query.get("exactOrgUnitCode")
  const exactName = query.get("exactOrgUnitName")
  const candidates =
    exactCode === null
      ? [...tenant.orgUnits.values()]
      : [...(tenant.byCode.get(exactCode) ?? [])]
          .sort((a, b) => a - b)
          .map((id) => tenant.orgUnits.get(id))
          .filter((one) => one !== undefined)
  return candidates.filter(
    (one) =>
      !isHidden(tenant, one) &&
      (type === null || one.typeId === type) &&
      (code === undefined || one.code.toLowerCase().includes(code)) &&
      (name === undefined || one.name.toLowerCase().includes(name)) &&
      (exactName === null || one.name === exactName)
  )
}

const recycleRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const recycled = (exchange: Exchange): OrgUnit => {
    const found = tenant().orgUnits.get(Number(parameter(exchange, "orgUnitId")))
    if (found === undefined || !found.isRecycled) throw refuse(404, "The org unit is not in the recycle bin.")
    return found
  }
  return [
    {
      method: "GET",
      product: "lp",
      path: "/orgstructure/recyclebin/",
      scope: read,
      unseen: emptyPage,
      answer: (exchange) =>
        pagedResultSet(
          exchange,
          [...tenant().orgUnits.values()].filter((one) => one.isRecycled),
          (one) => one.id,
          (one) => orgUnitJson(tenant(), one),
          pageSize()
        )
    },
    {
      method: "POST",
      product: "lp",
      path: "/orgstructure/recyclebin/:orgUnitId/recycle",
      scope: remove,
      answer: (exchange) => {
        const orgUnit = orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
        if (orgUnit.typeId === typeIds.organization) throw refuse(403, "The organization cannot be recycled.")
        orgUnit.isRecycled = true
        return done()
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/orgstructure/recyclebin/:orgUnitId/restore",
      scope: update,
      answer: (exchange) => {
        const orgUnit = recycled(exchange)
        demandFreeCode(tenant(), orgUnit.typeId, orgUnit.code, 400, orgUnit)
        orgUnit.isRecycled = false
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/orgstructure/recyclebin/:orgUnitId",
      scope: remove,
      answer: (exchange) => {
        deleteOrgUnit(tenant(), recycled(exchange))
        return done()
      }
    }
  ]
}
