import { escapeHtml } from "../http/exchange.ts"
import { css } from "../http/page-style.ts"
import { type OneRosterRecord, type Records, referredId } from "./records.ts"

/** The grade book for eyes: each section that has assignments, with every score that stands. */
export const renderCampus = (records: Records): string => {
  const items = records.all("lineItems").filter(({ record }) => record["status"] === "active")
  const sections = [...new Set(items.map(({ record }) => referredId(record, "class") ?? ""))]
    .map((id) => ({ id, title: textOf(records.get("classes", id)?.record, "title") || id }))
    .toSorted((one, other) => (one.title < other.title ? -1 : 1))
  const bodies = sections.map(
    ({ id, title }) =>
      `<h2>${escapeHtml(title)} <code>${escapeHtml(id)}</code></h2>${items
        .filter(({ record }) => referredId(record, "class") === id)
        .map(({ record, sourcedId }) => renderItem(records, sourcedId, record))
        .join("")}`
  )
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Grade book of Infinite Campus (sandbox)</title>
<style>${css}</style>
</head>
<body>
<header><h1>Grade book of Infinite Campus</h1>
<p>A stand-in, kept in memory. ${items.length} assignments, ${records.all("results").length} scores.
<a href="/sandbox/state">state</a> · <a href="/sandbox/writes">writes</a> · <a href="/sandbox/requests">requests</a> · <a href="/sandbox/faults">faults</a></p></header>
<main>${bodies.length === 0 ? "<p>It has no assignment yet.</p>" : bodies.join("")}</main>
</body>
</html>
`
}

const renderItem = (records: Records, id: string, item: OneRosterRecord): string => {
  const rows = records
    .referring("results", "lineItem", id)
    .filter(({ record }) => record["status"] === "active")
    .map(({ record }) => [
      nameOf(records, referredId(record, "student") ?? ""),
      scoreOf(record),
      textOf(record, "comment")
    ])
    .toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1))
  const head = ["Student", "Score", "Comment"].map((text) => `<th scope="col">${text}</th>`).join("")
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`).join("")
  const due = textOf(item, "dueDate").slice(0, 10)
  return `<h3>${escapeHtml(textOf(item, "title"))} <span class="more">due ${escapeHtml(due)}, out of ${escapeHtml(textOf(item, "resultValueMax"))}</span></h3>
${rows.length === 0 ? "<p>It has no score yet.</p>" : `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`}`
}

/** An exempt student needs no score. */
const scoreOf = (result: OneRosterRecord): string => textOf(result, "score") || textOf(result, "scoreStatus")

const nameOf = (records: Records, id: string): string => {
  const user = records.get("users", id)?.record
  return user === undefined ? id : `${textOf(user, "familyName")}, ${textOf(user, "givenName")}`
}

const textOf = (record: OneRosterRecord | undefined, field: string): string => {
  const value = record?.[field]
  return typeof value === "string" || typeof value === "number" ? String(value) : ""
}
