import { escapeHtml } from "../http/exchange.ts"
import { css } from "../http/page-style.ts"
import { gradebookLine } from "./grades/state.ts"
import { roleName, typeName } from "./state.ts"
import { isHidden, type OrgUnit, type Tenant, typeIds } from "./tenant.ts"

/** The tenant for eyes: its org units as a tree, its people as a table. One page, so that the browser's own search finds everything. */
export const renderTenant = (tenant: Tenant): string => {
  const root = tenant.orgUnits.get(tenant.rootId)
  const recycled = [...tenant.orgUnits.values()].filter((one) => one.isRecycled)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(tenant.name)} (sandbox)</title>
<style>${css}</style>
</head>
<body>
<header><h1>${escapeHtml(tenant.name)}</h1>
<p>A stand-in of Brightspace, kept in memory. ${tenant.orgUnits.size} org units, ${tenant.users.size} people.
<a href="/d2l/login">sign in</a> · <a href="/sandbox/state">state</a> · <a href="/sandbox/state?digest=1">digest</a> · <a href="/sandbox/requests">requests</a> · <a href="/sandbox/faults">faults</a></p></header>
<main>
<h2>Org units</h2>
<ul class="tree">${root === undefined ? "" : renderOrgUnit(tenant, root, new Set())}</ul>
${recycled.length === 0 ? "" : `<h2>Recycle bin</h2><ul>${recycled.map((one) => `<li>${label(tenant, one)}</li>`).join("")}</ul>`}
<h2>People</h2>
<table>
<thead><tr><th>Org Defined ID</th><th>Name</th><th>User name</th><th>Email</th><th>Role</th><th>Org units</th><th>Active</th></tr></thead>
<tbody>${renderPeople(tenant)}</tbody>
</table>
</main>
</body>
</html>
`
}

/** A branch that was rendered before, under another parent, is not opened again. */
const renderOrgUnit = (tenant: Tenant, orgUnit: OrgUnit, rendered: Set<number>): string => {
  const isFirst = !rendered.has(orgUnit.id)
  rendered.add(orgUnit.id)
  const children =
    isFirst && orgUnit.typeId !== typeIds.semester
      ? [...orgUnit.children]
          .map((id) => tenant.orgUnits.get(id))
          .filter((child) => child !== undefined)
          .filter((child) => !isHidden(tenant, child))
          .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id))
      : []
  if (children.length === 0) return `<li>${label(tenant, orgUnit)}</li>`
  const inside = children.map((child) => renderOrgUnit(tenant, child, rendered)).join("")
  return `<li><details open><summary>${label(tenant, orgUnit)}</summary><ul>${inside}</ul></details></li>`
}

const label = (tenant: Tenant, orgUnit: OrgUnit): string => {
  const semesters = [...orgUnit.parents]
    .map((id) => tenant.orgUnits.get(id))
    .filter((parent) => parent?.typeId === typeIds.semester)
    .map((semester) => ` · ${escapeHtml(semester?.name ?? "")}`)
  const inactive = orgUnit.course?.isActive === false ? " · inactive" : ""
  const people = orgUnit.enrollments.size === 0 ? "" : ` · ${orgUnit.enrollments.size} enrolled`
  const grades = [gradebookLine(tenant, orgUnit)].filter((line) => line !== "").map((line) => ` · ${line}`)
  return `<span class="type">${escapeHtml(typeName(tenant, orgUnit))}</span> ${escapeHtml(orgUnit.name)} <code>${escapeHtml(orgUnit.code)}</code><span class="more">${semesters.join("")}${people}${grades.join("")}${inactive}</span>`
}

const renderPeople = (tenant: Tenant): string =>
  [...tenant.users.values()]
    .sort((a, b) => (a.lastName < b.lastName ? -1 : a.lastName > b.lastName ? 1 : a.id - b.id))
    .map((user) => {
      const cells = [
        user.orgDefinedId ?? "",
        `${user.lastName}, ${[user.firstName, user.middleName ?? ""].join(" ").trim()}`,
        user.userName,
        user.email ?? "",
        roleName(tenant, user.enrollments.get(tenant.rootId)?.roleId),
        String(user.enrollments.size),
        user.isActive ? "yes" : "no"
      ]
      return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`
    })
    .join("\n")
