import type { Dashboard as DashboardView, DashboardPipeline } from "../../service/http/contract/runs.ts"
import { ask, may, type Session } from "../api.ts"
import { useAsked, useDoing } from "../asking.ts"
import { Answered, Refusal } from "../parts/states.tsx"
import { Status } from "../parts/status.tsx"
import { Technical } from "../parts/technical.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { headed, moment, number, say, sayOf } from "../words.ts"
import { Runs } from "./runs.tsx"
import { Trend } from "./trend.tsx"
import { Verdict } from "./verdict.tsx"
import { Said } from "../parts/said.tsx"

const isBusy = ({ asked, state }: DashboardPipeline): boolean =>
  state !== "idle" || asked.some((one) => one.state !== "ended")

/** Dashboard: the morning's verdict, then each pipeline with what ran, what is next, and Run Update Now. */
export const Dashboard = ({ session }: PageProps) => {
  const asked = useAsked<DashboardView>("/api/dashboard", null, ({ pipelines }) => pipelines.some(isBusy))
  return (
    <>
      <Title text={say("nav.dashboard")} />
      <Answered asked={asked}>
        {(dashboard) => (
          <>
            <Verdict dashboard={dashboard} />
            {dashboard.pipelines.map((one) => (
              <Pipeline key={one.pipeline} one={one} session={session} again={asked.again} />
            ))}
            <Zones pipelines={dashboard.pipelines} />
          </>
        )}
      </Answered>
    </>
  )
}

const Zones = ({ pipelines }: { readonly pipelines: ReadonlyArray<DashboardPipeline> }) => (
  <p class="quiet">{say("app.zone", { zone: [...new Set(pipelines.map(({ zone }) => zone))].join(", ") })}</p>
)

const Pipeline = ({
  again,
  one,
  session
}: {
  readonly one: DashboardPipeline
  readonly session: Session
  readonly again: () => void
}) => {
  const { run, trouble } = useDoing()
  const { pipeline, zone } = one
  const start = (): void =>
    run(async () => {
      await ask(`/api/pipelines/${encodeURIComponent(pipeline)}/runs`, {})
      again()
    })
  return (
    <section class="card" aria-labelledby={`pipeline-${pipeline}`}>
      <div class="head">
        <h2 id={`pipeline-${pipeline}`}>{pipeline}</h2>
        {may(session, "run updates") && one.problem === null ? (
          <d2l-button description={pipeline} onClick={start}>
            {say("dash.runNow")}
          </d2l-button>
        ) : null}
      </div>
      <Refusal trouble={trouble} />
      {one.problem === null ? null : (
        <d2l-alert type="critical">
          {say("dash.problem", { problem: "" })} <Technical text={one.problem} />
        </d2l-alert>
      )}
      <div class="row" aria-live="polite">
        <Status group="dash.state" word={one.state} />
        {one.progress?.stage == null ? null : <span>{progressOf(one)}</span>}
        {one.asked
          .filter(({ state }) => state !== "ended")
          .map(({ asked_at: at, asked_by: who, id }) => (
            <span key={id}>{say("dash.asked", { who, at: moment(at, zone) })}</span>
          ))}
        {one.asked.map(({ asked_at: at, asked_by: who, id, reason }) =>
          reason === null ? null : (
            <span key={id}>
              {say("dash.asked", { who, at: moment(at, zone) })} <Status word="refused" />{" "}
              <Said told={reason} zone={zone} />
            </span>
          )
        )}
      </div>
      <p>
        <strong>{say("dash.next")}</strong>
        {say("word.colon")} {one.next === null ? say("dash.noSchedule") : moment(one.next, zone)}
      </p>
      {one.runs.length === 0 ? null : (
        <>
          <h3>{say("dash.last")}</h3>
          <Runs name={headed(say("dash.last"), pipeline)} runs={one.runs} zoneOf={() => zone} isOfOne />
        </>
      )}
      <Trend trend={one.trend} />
    </section>
  )
}

const progressOf = ({ progress }: DashboardPipeline): string => {
  const stage = sayOf("stage", progress?.stage ?? "")
  return progress?.done == null
    ? say("dash.progressOnly", { stage })
    : say("dash.progress", {
        stage,
        done: progress.done,
        total: progress.total === null ? "?" : number(progress.total),
        of: progress.of ?? ""
      })
}
