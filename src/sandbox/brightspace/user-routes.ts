import * as Schema from "effect/Schema"
import { done, type Exchange, json, parameter } from "../http/exchange.ts"
import { refuseLegacy } from "./refusals.ts"
import {
  addUser,
  orgUnitOf,
  putEnrollment,
  removeUserFromIndexes,
  type Role,
  roleOf,
  serviceUserId,
  type Tenant,
  type User,
  userOf
} from "./tenant.ts"
import { type ApiRoute, emptyPage, pagedResultSet, readBody } from "./wire.ts"

const person = {
  OrgDefinedId: Schema.NullOr(Schema.String),
  FirstName: Schema.String,
  MiddleName: Schema.NullOr(Schema.String),
  LastName: Schema.String,
  ExternalEmail: Schema.NullOr(Schema.String),
  UserName: Schema.String,
  Pronouns: Schema.NullOr(Schema.String)
}

const CreateUserData = Schema.Struct({
  ...person,
  RoleId: Schema.Int,
  IsActive: Schema.Boolean,
  SendCreationEmail: Schema.Boolean
})

const UserActivationData = Schema.Struct({ IsActive: Schema.Boolean })
const UpdateUserData = Schema.Struct({ ...person, Activation: UserActivationData })

/** Users and roles. Source: Valence lp, users. */
export const userRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): User => userOf(tenant(), parameter(exchange, "userId"))
  const asJson = (user: User): unknown => userJson(tenant(), user)
  return [
    {
      method: "GET",
      product: "lp",
      path: "/users/whoami",
      scope: "users:profile:read",
      answer: () => {
        const user = userOf(tenant(), serviceUserId)
        return json({
          Identifier: String(user.id),
          FirstName: user.firstName,
          LastName: user.lastName,
          UniqueName: user.userName,
          ProfileIdentifier: `profile-${user.id}`,
          Pronouns: user.pronouns
        })
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/users/",
      scope: "users:userdata:read",
      unseen: emptyPage,
      // Three shapes: one object for a user name, a list for the other ids, pages for everybody.
      answer: (exchange) => {
        const userName = exchange.query.get("userName")
        const orgDefinedId = exchange.query.get("orgDefinedId")
        const email = exchange.query.get("externalEmail")
        if (userName !== null) {
          const id = tenant().byUserName.get(userName.toLowerCase())
          if (id === undefined) throw refuseLegacy(404, "The user was not found.")
          return json(asJson(userOf(tenant(), id)))
        }
        if (orgDefinedId !== null) {
          const ids = [...(tenant().byOrgDefinedId.get(orgDefinedId) ?? [])]
          return json(ids.sort((a, b) => a - b).map((id) => asJson(userOf(tenant(), id))))
        }
        const users = [...tenant().users.values()]
        if (email !== null) {
          return json(users.filter((user) => user.email?.toLowerCase() === email.toLowerCase()).map(asJson))
        }
        return pagedResultSet(exchange, users, (user) => user.id, asJson, pageSize())
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/users/:userId",
      scope: "users:userdata:read",
      answer: (exchange) => json(asJson(at(exchange)))
    },
    {
      method: "POST",
      product: "lp",
      path: "/users/",
      scope: "users:userdata:create",
      answer: (exchange) => {
        const body = readBody(CreateUserData, exchange)
        const role = roleOf(tenant(), body.RoleId)
        demandPerson(tenant(), body, null)
        return json(asJson(createUser(tenant(), body, role, serviceUserId)))
      }
    },
    {
      method: "PUT",
      product: "lp",
      path: "/users/:userId",
      scope: "users:userdata:update",
      answer: (exchange) => {
        const user = at(exchange)
        const body = readBody(UpdateUserData, exchange)
        demandPerson(tenant(), body, user)
        removeUserFromIndexes(tenant(), user)
        user.firstName = body.FirstName
        user.middleName = body.MiddleName
        user.lastName = body.LastName
        user.userName = body.UserName
        user.email = body.ExternalEmail
        user.orgDefinedId = body.OrgDefinedId
        user.pronouns = body.Pronouns
        user.isActive = body.Activation.IsActive
        addUser(tenant(), user)
        return json(asJson(user))
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/users/:userId/activation",
      scope: "users:activation:read",
      answer: (exchange) => json({ IsActive: at(exchange).isActive })
    },
    {
      method: "PUT",
      product: "lp",
      path: "/users/:userId/activation",
      scope: "users:activation:update",
      answer: (exchange) => {
        const user = at(exchange)
        user.isActive = readBody(UserActivationData, exchange).IsActive
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/users/:userId",
      scope: "users:userdata:delete",
      answer: (exchange) => {
        deleteUser(tenant(), at(exchange))
        return done()
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/roles/",
      scope: "role:detail:read",
      unseen: [],
      answer: () => json([...tenant().roles.values()].map(roleJson))
    },
    {
      method: "GET",
      product: "lp",
      path: "/:orgUnitId/roles/",
      scope: "role:detail:read",
      unseen: [],
      answer: (exchange) => {
        orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
        return json([...tenant().roles.values()].map(roleJson))
      }
    }
  ]
}

/** Makes a user with the role at the organization; the fields are checked by the caller. */
export const createUser = (tenant: Tenant, body: typeof CreateUserData.Type, role: Role, enrolledBy: number): User => {
  const user: User = {
    id: tenant.nextUserId++,
    firstName: body.FirstName,
    middleName: body.MiddleName,
    lastName: body.LastName,
    userName: body.UserName,
    email: body.ExternalEmail,
    orgDefinedId: body.OrgDefinedId,
    pronouns: body.Pronouns,
    isActive: body.IsActive,
    enrollments: new Map()
  }
  addUser(tenant, user)
  putEnrollment(tenant, orgUnitOf(tenant, tenant.rootId), user, role.id, enrolledBy)
  return user
}

interface PersonFields {
  readonly FirstName: string
  readonly LastName: string
  readonly UserName: string
  readonly OrgDefinedId: string | null
}

/** Names are mandatory and have limits; a user name belongs to one user, whatever its case. */
export const demandPerson = (tenant: Tenant, body: PersonFields, self: User | null): void => {
  if (body.LastName.trim() === "") throw refuseLegacy(400, "LastName is mandatory.")
  if (body.FirstName.trim() === "") throw refuseLegacy(400, "FirstName is mandatory.")
  if (body.UserName.trim() === "") throw refuseLegacy(400, "UserName is mandatory.")
  if (body.FirstName.length > 64) throw refuseLegacy(400, "FirstName is longer than 64 characters.")
  if (body.LastName.length > 64) throw refuseLegacy(400, "LastName is longer than 64 characters.")
  if (body.UserName.length > 256) throw refuseLegacy(400, "UserName is longer than 256 characters.")
  if ((body.OrgDefinedId?.length ?? 0) > 256) throw refuseLegacy(400, "OrgDefinedId is longer than 256 characters.")
  const holder = tenant.byUserName.get(body.UserName.toLowerCase())
  if (holder !== undefined && holder !== self?.id) throw refuseLegacy(400, "The UserName is already in use.")
}

const deleteUser = (tenant: Tenant, user: User): void => {
  removeUserFromIndexes(tenant, user)
  for (const orgUnitId of user.enrollments.keys()) tenant.orgUnits.get(orgUnitId)?.enrollments.delete(user.id)
  for (const [key, { parentId, childId }] of tenant.relationships) {
    if (parentId === user.id || childId === user.id) tenant.relationships.delete(key)
  }
  tenant.auditees.delete(user.id)
  for (const auditees of tenant.auditees.values()) auditees.delete(user.id)
  tenant.users.delete(user.id)
}

const userJson = (tenant: Tenant, user: User): unknown => ({
  OrgId: tenant.rootId,
  UserId: user.id,
  FirstName: user.firstName,
  MiddleName: user.middleName,
  LastName: user.lastName,
  UserName: user.userName,
  ExternalEmail: user.email,
  OrgDefinedId: user.orgDefinedId,
  UniqueIdentifier: user.userName,
  Activation: { IsActive: user.isActive },
  DisplayName: displayName(user),
  LastAccessedDate: null,
  FirstLoginDate: null,
  Pronouns: user.pronouns
})

export const displayName = (user: User): string => `${user.firstName} ${user.lastName}`

const roleJson = (role: Role): unknown => ({
  Identifier: String(role.id),
  DisplayName: role.name,
  Code: role.code,
  Description: "",
  RoleAlias: role.name,
  IsCascading: role.isCascading,
  AccessFutureCourses: true,
  AccessInactiveCourses: role.name !== "Student",
  AccessPastCourses: true,
  ShowInGrades: role.name === "Student",
  ShowInUserProgress: role.name === "Student",
  InClassList: true
})
