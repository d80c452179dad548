import { renderToStaticMarkup } from "preact-render-to-string"
import { sha256Integrity } from "../../core/hash.ts"
import type { PlanReport } from "../report.ts"
import { Quarantine, Runs, Source } from "./background.tsx"
import { Counts, Filter, Places, Steps } from "./changes.tsx"
import { Approvals, ApprovedSince, Figures, Gates, Held, Removals, Short, Undo, Unknown } from "./first.tsx"
import { partSays } from "../extent-text.ts"
import { payloadJson } from "./payload.ts"
import { script } from "./script.ts"
import { style } from "./style.ts"
import { rowsSay } from "../rows-text.ts"
import { whatIfSays } from "../what-if-text.ts"

/**
 * A plan as one HTML file, in the order in which the console's plan review tells it: opens by double click, asks no network for anything, and runs no script but its own. Text
 * from outside is escaped by the renderer.
 */
export const renderHtml = (report: PlanReport): string =>
  `<!DOCTYPE html>\n${renderToStaticMarkup(<Page {...report} />)}\n`

/** Nothing may be loaded or sent; style and script are admitted by their hashes alone. */
const policy = `default-src 'none'; style-src '${sha256Integrity(style)}'; script-src '${sha256Integrity(script)}'; base-uri 'none'; form-action 'none'`

const Page = (report: PlanReport) => {
  const { plan } = report
  const title = `Plan ${plan.plan_id}`
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <header>
          <a class="skip" href="#main">
            Skip to the plan
          </a>
          <h1>{title}</h1>
          {[whatIfSays(plan), partSays(plan), ...rowsSay(plan)].map((said) =>
            said === null ? null : (
              <p>
                <strong>{said}</strong>
              </p>
            )
          )}
          <p class="quiet">
            Pipeline {plan.pipeline}, run {plan.run}, as of {plan.as_of}. Made {plan.created_at}, good until{" "}
            {plan.expires_at}. {report.revealed ? "Names are shown: keep this page to yourself." : "Names are masked."}
          </p>
        </header>
        <main id="main">
          <Short {...report} />
          <Contents {...report} />
          <Figures {...report} />
          <Undo {...report} />
          <Held {...report} />
          <ApprovedSince {...report} />
          <Approvals {...report} />
          <Gates {...report} />
          <Unknown {...report} />
          <h2 id="changes">Look closer</h2>
          <Filter />
          <Places {...report} />
          <Counts {...report} />
          <Removals {...report} />
          <Steps {...report} />
          {plan.part === undefined ? <Quarantine {...report} /> : null}
          <Source {...report} />
          <Runs {...report} />
        </main>
        <script id="payload" type="application/json" dangerouslySetInnerHTML={{ __html: payloadJson(report) }} />
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  )
}

const Contents = ({ approvedSince, plan, summary }: PlanReport) => {
  const links: ReadonlyArray<readonly [string, string, boolean]> = [
    ["undo", "Undo", plan.undo !== null],
    ["held", "Held", true],
    ["given", "Approvals given", approvedSince.length > 0],
    ["approved", "Approved", plan.approvals.length > 0],
    ["gates", "Gates", plan.gates.length > 0],
    ["unknown", "Unknown", plan.unknown.length > 0],
    ["schools", "By school", (summary?.changes.length ?? 0) > 0],
    ["courses", "By course", (summary?.courses.length ?? 0) > 0],
    ["sections", "By section", (summary?.sections.length ?? 0) > 0],
    ["counts", "By entity", true],
    ["removals", "Removals", true],
    ["steps", "Steps", true],
    ["quarantine", "Quarantine", plan.part === undefined],
    ["source", "Source", true],
    ["runs", "Earlier runs", summary !== null]
  ]
  return (
    <nav aria-label="Contents">
      <ul>
        {links
          .filter(([, , isThere]) => isThere)
          .map(([id, name]) => (
            <li>
              <a href={`#${id}`}>{name}</a>
            </li>
          ))}
      </ul>
    </nav>
  )
}
