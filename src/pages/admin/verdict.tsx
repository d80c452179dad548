import type { Dashboard, DashboardPipeline } from "../../service/http/contract/runs.ts"
import { href } from "../router.ts"
import { moment, say, sayOf } from "../words.ts"
import { schoolSays } from "./short.ts"
import { Said } from "../parts/said.tsx"

/** First of all: how the night ended, who gains or loses what, what is to be decided until when, and what if nobody does. */
export const Verdict = ({ dashboard }: { readonly dashboard: Dashboard }) => {
  const { definitions, pipelines, undelivered } = dashboard
  const ran = pipelines.filter(({ runs }) => runs.length > 0)
  const isWell = ran.length > 0 && ran.every((one) => standing(one) === "well") && definitions !== "invalid"
  const isBad = definitions === "invalid" || ran.some((one) => standing(one) === "bad")
  return (
    <section aria-labelledby="verdict" class={`verdict ${isWell ? "well" : isBad ? "bad" : ""}`}>
      <h2 id="verdict">{say("dash.verdict")}</h2>
      {definitions === "invalid" ? <p>{say("dash.invalid")}</p> : null}
      {undelivered.map((one, index) => (
        <p key={index}>
          {say(one.given_up ? "dash.givenUp" : "dash.undelivered", { by: one.by.join(", "), tries: one.tries })}
        </p>
      ))}
      {ran.length === 0 ? (
        <p>
          {say("dash.noRuns")}. {say("dash.noRunsHint")}
        </p>
      ) : isWell ? (
        <p>{say("dash.allWell")}</p>
      ) : null}
      {pipelines.map((one) => (
        <OfPipeline key={one.pipeline} one={one} isTold={!isWell} />
      ))}
    </section>
  )
}

const OfPipeline = ({ isTold, one }: { readonly one: DashboardPipeline; readonly isTold: boolean }) => {
  const { decision, pipeline, runs, zone } = one
  const state = standing(one)
  const [last] = runs
  return (
    <>
      {state === "bad" && last !== undefined ? (
        <p>{say("dash.failing", { pipeline, outcome: sayOf("outcome", last.outcome) })}</p>
      ) : null}
      {state === "well" && isTold && last !== undefined ? <p>{say("dash.good", { pipeline })}</p> : null}
      {decision === null ? null : (
        <div>
          <p>
            {say(decision.can_be_approved ? "dash.held" : "dash.unknownHeld", {
              pipeline,
              held: decision.held,
              of: decision.of,
              until: moment(decision.until, zone)
            })}
          </p>
          <ul>
            {[
              ...decision.people.map((one) => <Said told={one} zone={zone} />),
              ...decision.schools.map(schoolSays)
            ].map((sentence, index) => (
              <li key={index}>{sentence}</li>
            ))}
          </ul>
          <p>
            <a href={href("plans", decision.plan)}>
              {say("dash.decide")}
              <span class="offscreen"> {decision.plan}</span>
            </a>
          </p>
        </div>
      )}
    </>
  )
}

const standing = ({ decision, problem, runs }: DashboardPipeline): "well" | "waits" | "bad" => {
  const [last] = runs
  if (problem !== null || (last !== undefined && !["done", "held", "running"].includes(last.outcome))) return "bad"
  return decision === null ? "well" : "waits"
}
