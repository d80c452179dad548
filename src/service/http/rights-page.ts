import { meanings } from "../../pipeline/rights.ts"
import { type Route, routes } from "./rights.ts"

/** `schemas/rights.md`: every right with what it opens, and every route with what it asks for. */
export const rightsPage = (): string =>
  `${[
    "# Rights",
    "",
    "Made from the table by which the service admits and refuses; `npm run schemas` renews it.",
    "",
    "| right | what it opens |",
    "| --- | --- |",
    ...Object.entries(meanings).map(([right, meaning]) => `| \`${right}\` | ${meaning} |`),
    "",
    "Of a route with `:course` it is enough to hold the right in that course.",
    "",
    "| route | asks for | to reveal names | what it does |",
    "| --- | --- | --- | --- |",
    ...Object.values(routes).map(
      ({ asks, does, method, path, toReveal }: Route) =>
        `| \`${method} ${path}\` | ${asks} | ${toReveal ?? "–"} | ${does.replaceAll("|", "\\|")} |`
    )
  ].join("\n")}\n`
