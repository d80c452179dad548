import type { Right } from "../../pipeline/rights.ts"

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Of one course where `:course` stands in it: a right that is held in that course alone is enough then. */
  readonly path: `/${string}`
  /** What it asks for: a right, that somebody is signed in, or nothing, so that it is open to whoever reaches the port. */
  readonly asks: Right | "a session" | "nothing"
  /** What `?reveal=true` asks for beside it; null where the route knows no such thing. */
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
  }
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

/** The route of a request, by its method and the pattern of its path; null where the table knows none. */
export const routeOf = (method: string, path: string): Route | null =>
  Object.values(routes).find((one) => one.method === method && one.path === path) ?? null

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
