import { type Answer, escapeHtml, html } from "../../http/exchange.ts"
import { roleName } from "../state.ts"
import { type OrgUnit, type Tenant, typeIds, type User } from "../tenant.ts"

/** Pages of the tenant that people see on their way to a launch. All of them are invented. */

/** How many of each role may be signed in as, from the page. */
const peopleOfRole = 12

/** Languages that a person of the tenant may have, each by its own name; the first is that of whoever chooses none. */
export const locales: ReadonlyMap<string, string> = new Map([
  ["en-US", "English"],
  ["fr-CA", "français"],
  ["es-MX", "español"]
])

export const loginPage = (tenant: Tenant): Answer => {
  const byRole = new Map<string, Array<User>>()
  for (const user of tenant.users.values()) {
    const role = roleName(tenant, user.enrollments.get(tenant.rootId)?.roleId)
    const others = byRole.get(role) ?? []
    byRole.set(role, others)
    if (user.isActive && others.length < peopleOfRole) others.push(user)
  }
  const groups = [...byRole].map(
    ([role, users]) =>
      `<h2>${escapeHtml(role === "" ? "Without a role" : role)}</h2><ul>${users.map((user) => `<li><button name="user" value="${user.id}">${escapeHtml(nameOf(user))}</button> <code>${escapeHtml(user.userName)}</code></li>`).join("")}</ul>`
  )
  const options = [...locales].map(([locale, name]) => `<option value="${locale}" lang="${locale}">${name}</option>`)
  return page(
    "Sign in",
    `<form method="post" action="/d2l/login"><p><label>Language of what is opened from here <select name="locale">${options.join("")}</select></label></p><p>Choose who you are.</p>${groups.join("")}</form>`
  )
}

/** The courses of a person, each with the way to rollbook; the organization first, where they have a role in it. */
export const homePage = (tenant: Tenant, user: User): Answer => {
  const places = [...user.enrollments.values()]
    .map(({ orgUnitId, roleId }) => ({ orgUnit: tenant.orgUnits.get(orgUnitId), role: roleName(tenant, roleId) }))
    .filter((one): one is { orgUnit: OrgUnit; role: string } => one.orgUnit !== undefined)
    .filter(({ orgUnit }) => orgUnit.typeId === typeIds.offering || orgUnit.id === tenant.rootId)
  const lines = places.map(
    ({ orgUnit, role }) =>
      `<li><a href="/d2l/lti/${orgUnit.id}">${escapeHtml(orgUnit.name)}</a> <code>${escapeHtml(orgUnit.code)}</code> as ${escapeHtml(role)}</li>`
  )
  return page(
    `Welcome, ${nameOf(user)}`,
    `<p>Open rollbook from:</p><ul>${lines.join("")}</ul><p><a href="/d2l/login">Sign in as somebody else</a></p>`
  )
}

/** A course with rollbook in a frame of it, and the frame that keeps things for tools. */
export const coursePage = (orgUnit: OrgUnit): Answer =>
  page(
    orgUnit.name,
    `<p><a href="/d2l/home">My courses</a></p>
<iframe title="rollbook" name="tool" src="/d2l/lti/${orgUnit.id}/start"></iframe>
<iframe hidden title="storage" name="d2l_lti_storage" src="/d2l/lti/storage"></iframe>`
  )

/** Posts the browser to the tool, as the standard has it. */
export const startPage = (loginUrl: string, fields: Readonly<Record<string, string>>): Answer =>
  page("One moment…", `${form(loginUrl, fields)}<script>document.forms[0].submit()</script>`)

/** The answer to an authorization request: the launch itself. */
export const launchPage = (redirectUrl: string, fields: Readonly<Record<string, string>>): Answer =>
  page("One moment…", `${form(redirectUrl, fields)}<script>document.forms[0].submit()</script>`)

/** Keeps what tools ask it to keep, each by its own origin. */
export const storagePage = (): Answer =>
  page(
    "",
    `<script>
const kept = new Map()
addEventListener("message", ({ data, origin, source }) => {
  const name = origin + " " + data.key
  if (data.subject === "lti.put_data") kept.set(name, data.value)
  else if (data.subject !== "lti.get_data") return
  source.postMessage({ subject: data.subject + ".response", message_id: data.message_id, key: data.key, value: kept.get(name) }, origin)
})
</script>`
  )

const form = (action: string, fields: Readonly<Record<string, string>>): string =>
  `<form method="post" action="${escapeHtml(action)}">${Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join("")}<noscript><button>Go on</button></noscript></form>`

const nameOf = ({ firstName, lastName }: User): string => `${firstName} ${lastName}`

const page = (title: string, body: string): Answer =>
  html(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} (sandbox)</title><style>${css}</style></head>
<body><h1>${escapeHtml(title)}</h1>${body}</body></html>
`)

const css = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2733; margin: 0 auto; max-width: 80rem; padding: 1rem 1.5rem; }
ul { padding-left: 1.25rem; } iframe[name=tool] { width: 100%; height: 80vh; border: 1px solid #d5dbe1; }
@media (prefers-color-scheme: dark) { body { background: #14181d; color: #dbe2e9; } a { color: #8ab8f0; } }`
