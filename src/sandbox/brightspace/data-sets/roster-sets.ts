import { roleName, typeName } from "../state.ts"
import { isHidden, type Tenant } from "../tenant.ts"
import { bit, type DataSet, id } from "./data-set.ts"

const users: DataSet = {
  name: "Users",
  columns: [
    "UserId",
    "UserName",
    "OrgDefinedId",
    "FirstName",
    "MiddleName",
    "LastName",
    "IsActive",
    "Organization",
    "ExternalEmail",
    "SignupDate",
    "FirstLoginDate",
    "Version",
    "OrgRoleId",
    "LastAccessed"
  ],
  key: ["UserId"],
  rows: (tenant) =>
    [...tenant.users.values()].map((user) => ({
      UserId: id(user.id),
      UserName: user.userName,
      OrgDefinedId: user.orgDefinedId,
      FirstName: user.firstName,
      MiddleName: user.middleName,
      LastName: user.lastName,
      IsActive: bit(user.isActive),
      Organization: tenant.name,
      ExternalEmail: user.email,
      SignupDate: user.enrollments.get(tenant.rootId)?.enrolledAt ?? null,
      FirstLoginDate: null,
      OrgRoleId: id(user.enrollments.get(tenant.rootId)?.roleId ?? null),
      LastAccessed: null
    }))
}

const orgUnits: DataSet = {
  name: "Organizational Units",
  columns: [
    "OrgUnitId",
    "Organization",
    "Type",
    "Name",
    "Code",
    "StartDate",
    "EndDate",
    "IsActive",
    "CreatedDate",
    "IsDeleted",
    "DeletedDate",
    "RecycledDate",
    "Version",
    "OrgUnitTypeId"
  ],
  key: ["OrgUnitId"],
  rows: (tenant, before, at) =>
    [...tenant.orgUnits.values()].map((one) => {
      const was = before.get(String(one.id))
      return {
        OrgUnitId: id(one.id),
        Organization: tenant.name,
        Type: typeName(tenant, one),
        Name: one.name,
        Code: one.code,
        StartDate: one.course?.startDate ?? null,
        EndDate: one.course?.endDate ?? null,
        IsActive: bit(one.course?.isActive ?? true),
        CreatedDate: was?.["CreatedDate"] ?? at,
        IsDeleted: bit(false),
        DeletedDate: null,
        RecycledDate: one.isRecycled ? (was?.["RecycledDate"] ?? at) : null,
        OrgUnitTypeId: id(one.typeId)
      }
    }),
  deleted: (row, at) => ({ ...row, IsDeleted: bit(true), DeletedDate: row["DeletedDate"] ?? at })
}

const parents: DataSet = {
  name: "Organizational Unit Parents",
  columns: ["OrgUnitId", "ParentOrgUnitId", "RowVersion", "DateDeleted"],
  key: ["OrgUnitId", "ParentOrgUnitId"],
  rows: (tenant) =>
    [...tenant.orgUnits.values()].flatMap((one) =>
      [...one.parents].map((parent) => ({ OrgUnitId: id(one.id), ParentOrgUnitId: id(parent), DateDeleted: null }))
    ),
  deleted: (row, at) => ({ ...row, DateDeleted: row["DateDeleted"] ?? at })
}

/** Without those that cascade. Who left is not in it: only a full extract shows that. */
const enrollments: DataSet = {
  name: "User Enrollments",
  columns: ["OrgUnitId", "UserId", "RoleName", "EnrollmentDate", "EnrollmentType", "RoleId"],
  key: ["OrgUnitId", "UserId"],
  rows: (tenant: Tenant) =>
    [...tenant.orgUnits.values()]
      .filter((one) => !isHidden(tenant, one))
      .flatMap((one) =>
        [...one.enrollments.values()].map((enrollment) => ({
          OrgUnitId: id(enrollment.orgUnitId),
          UserId: id(enrollment.userId),
          RoleName: roleName(tenant, enrollment.roleId),
          EnrollmentDate: enrollment.enrolledAt,
          EnrollmentType: null,
          RoleId: id(enrollment.roleId)
        }))
      )
}

export const rosterSets: ReadonlyArray<DataSet> = [users, orgUnits, parents, enrollments]
