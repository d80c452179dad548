import type { Right } from "../../pipeline/rights.ts"
import type { Freshness } from "../access/standing.ts"

export interface Route {
  readonly method: "GET" | "POST" | "DELETE"
  /** Path of one course where `:course` stands in it: a right that is held in that course alone is enough then. */
  readonly path: `/${string}`
  /** Right that it asks for, or that somebody is signed in, or nothing, so that it is open to whoever reaches the port. */
  readonly asks: Right | "a session" | "nothing"
  /** Right that `?reveal=true` asks for beside it; null where the route knows no such thing. */
  readonly toReveal: Right | null
  readonly does: string
}

/** Every route and the right that it asks for: the server's checks and the published documentation are made from this. */
export const routes = {
  healthz: { method: "GET", path: "/healthz", asks: "nothing", toReveal: null, does: "whether the process answers" },
  readyz: {
    method: "GET",
    path: "/readyz",
    asks: "nothing",
    toReveal: null,
    does: "whether the schedule is carried out and the definitions are valid"
  },
  session: {
    method: "GET",
    path: "/api/session",
    asks: "a session",
    toReveal: null,
    does: "who is signed in, what they may, and until when"
  },
  signOut: {
    method: "DELETE",
    path: "/api/session",
    asks: "a session",
    toReveal: null,
    does: "ends the session at once"
  },
  sessions: {
    method: "GET",
    path: "/api/sessions",
    asks: "manage access",
    toReveal: null,
    does: "who is signed in, since when and by which way"
  },
  endSessions: {
    method: "POST",
    path: "/api/sessions",
    asks: "manage access",
    toReveal: null,
    does: "ends a session, or all of a person, at once"
  },
  trail: {
    method: "GET",
    path: "/api/trail",
    asks: "manage access",
    toReveal: null,
    does: "the audit trail: who signed in, was shown names, changed, approved or exported something, or was refused; `limit` at most so many"
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    asks: "see metrics",
    toReveal: null,
    does: "counts for Prometheus, as text"
  },
  pipelines: {
    method: "GET",
    path: "/api/pipelines",
    asks: "see console",
    toReveal: null,
    does: "the pipelines that run by themselves: last run, next run, what waits"
  },
  dashboard: {
    method: "GET",
    path: "/api/dashboard",
    asks: "see console",
    toReveal: null,
    does: "how the night ended, what is to be decided until when, and each pipeline with its last runs, its next one, and what is at work"
  },
  runNow: {
    method: "POST",
    path: "/api/pipelines/:pipeline/runs",
    asks: "run updates",
    toReveal: null,
    does: "asks for a run of a whole pipeline; it begins when neither another run nor an export is at work"
  },
  runs: {
    method: "GET",
    path: "/api/runs",
    asks: "see console",
    toReveal: null,
    does: "runs, newest first; `limit` at most so many"
  },
  run: {
    method: "GET",
    path: "/api/runs/:run",
    asks: "see console",
    toReveal: "reveal names",
    does: "one run with the header of its plan; with `reveal=true` what servers said in their own words, which is noted in the audit trail"
  },
  plan: {
    method: "GET",
    path: "/api/plans/:plan",
    asks: "see console",
    toReveal: null,
    does: "the header of a plan, without its steps"
  },
  planReview: {
    method: "GET",
    path: "/api/plans/:plan/review",
    asks: "see console",
    toReveal: null,
    does: "a plan for whoever decides on it: what happens in people and schools, what is held and until when, and the places that it touches"
  },
  planSteps: {
    method: "POST",
    path: "/api/plans/:plan/steps",
    asks: "see console",
    toReveal: "reveal names",
    does: "steps of a plan, by school, course, section or words, removals first; with `reveal=true` names, which is noted in the audit trail"
  },
  approve: {
    method: "POST",
    path: "/api/plans/:plan/approvals",
    asks: "approve holds",
    toReveal: null,
    does: "approves what a plan holds: all, some holds, schools or sections, or single steps, with why; while a run is at work as soon as that gives way, which is answered with 202 where it takes longer than seconds"
  },
  audit: {
    method: "POST",
    path: "/api/audit",
    asks: "see console",
    toReveal: "reveal names",
    does: "people, courses and sections by name, code or id: managed or not, since which run, every change and why; with `reveal=true` names, which is noted in the audit trail"
  },
  configuration: {
    method: "GET",
    path: "/api/configuration",
    asks: "see configuration",
    toReveal: null,
    does: "what the pipelines say, with file and line, and the switches set beside them"
  },
  setSwitch: {
    method: "POST",
    path: "/api/configuration",
    asks: "change configuration",
    toReveal: null,
    does: "sets or takes away a switch or a freeze of a pipeline whose file allows it; effective at once"
  },
  quarantine: {
    method: "GET",
    path: "/api/quarantine/:pipeline",
    asks: "see console",
    toReveal: null,
    does: "what the last run of a pipeline turned away, by rule, and record by record"
  },
  connections: {
    method: "GET",
    path: "/api/connections",
    asks: "see console",
    toReveal: null,
    does: "the connected systems: what the last probe found, and when credentials end"
  },
  course: {
    method: "GET",
    path: "/api/courses/:course",
    asks: "see grades",
    toReveal: null,
    does: "a course by its id in the learning platform: its sections and sessions, whether the schedule exports, and whether an export may be asked for"
  },
  gradebook: {
    method: "GET",
    path: "/api/courses/:course/items",
    asks: "see grades",
    toReveal: null,
    does: "the categories with their SIS tag and the items of a section, with what becomes of each"
  },
  exports: {
    method: "GET",
    path: "/api/courses/:course/exports",
    asks: "see grades",
    toReveal: null,
    does: "the exports of a course, newest first, with those that wait or are at work"
  },
  startExport: {
    method: "POST",
    path: "/api/courses/:course/exports",
    asks: "export grades",
    toReveal: null,
    does: "asks for an export of a course, of one section or one academic session of it; it goes beside a run at work, and waits for no more than what that has in flight. Each pipeline that takes the course, and knows the session, is asked; the answer tells of the first, the exports of the course of all, those that were not asked among them"
  },
  oneExport: {
    method: "GET",
    path: "/api/courses/:course/exports/:run",
    asks: "see grades",
    toReveal: "reveal names",
    does: "one export: items, scores and errors, and per student what was sent, what waits and why; with `reveal=true` who they are, which is noted in the audit trail"
  },
  cleanup: {
    method: "GET",
    path: "/api/courses/:course/cleanup",
    asks: "see grades",
    toReveal: "reveal names",
    does: "what is to be done by hand in the SIS for a course; with `reveal=true` for whom, which is noted in the audit trail"
  }
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

/** The route of a request, by its method and the pattern of its path; null where the table knows none. */
export const routeOf = (method: string, path: string): Route | null =>
  Object.values(routes).find((one) => one.method === method && one.path === path) ?? null

/** How fresh it must be that somebody has some rights: the most that one of them needs. */
export const freshnessOf = (asked: ReadonlyArray<Right>): Freshness => {
  const needs = asked.map((right) => freshnesses[right])
  return needs.includes("now") ? "now" : needs.includes("lately") ? "lately" : "if it answers"
}

const freshnesses: Readonly<Record<Right, Freshness>> = {
  "see metrics": "if it answers",
  "see console": "if it answers",
  "see configuration": "if it answers",
  "see grades": "if it answers",
  "run updates": "lately",
  "approve holds": "lately",
  "change configuration": "lately",
  "reveal names": "lately",
  "manage access": "lately",
  "export grades": "now"
}

/** For whoever reads the documentation. */
export const describe = (name: RouteName): string => {
  const { asks, does, path, toReveal }: Route = routes[name]
  const where = path.includes("/:course") ? ", everywhere or in that course" : ""
  const needs =
    asks === "nothing"
      ? "Open."
      : asks === "a session"
        ? "For whoever is signed in."
        : `Needs the right \`${asks}\`${where}${toReveal === null ? "" : `, to reveal also \`${toReveal}\``}.`
  return `${does.replace(/^./, (letter) => letter.toUpperCase())}. ${needs}`
}
