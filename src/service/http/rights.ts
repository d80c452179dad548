/** What a token may: the rights that some route asks for. */
export const rights = ["see metrics", "see console", "reveal names"] as const

export type Right = (typeof rights)[number]

export interface Route {
  readonly path: `/${string}`
  /** Null = open to whoever reaches the port. */
  readonly right: Right | null
  /** What `?reveal=true` asks for beside it; null where the route knows no such thing. */
  readonly toReveal: Right | null
  readonly does: string
}

/** Every route and the right that it asks for: the server's checks and the published documentation are made from this. */
export const routes = {
  healthz: { path: "/healthz", right: null, toReveal: null, does: "whether the process answers" },
  readyz: {
    path: "/readyz",
    right: null,
    toReveal: null,
    does: "whether the schedule is carried out and the definitions are valid"
  },
  metrics: { path: "/metrics", right: "see metrics", toReveal: null, does: "counts for Prometheus, as text" },
  pipelines: {
    path: "/api/pipelines",
    right: "see console",
    toReveal: null,
    does: "the pipelines that run by themselves: last run, next run, what waits"
  },
  runs: {
    path: "/api/runs",
    right: "see console",
    toReveal: null,
    does: "runs, newest first; `limit` at most so many"
  },
  run: {
    path: "/api/runs/:run",
    right: "see console",
    toReveal: "reveal names",
    does: "one run with the header of its plan; with `reveal=true` what servers said in their own words, which is noted in the audit trail"
  },
  plan: {
    path: "/api/plans/:plan",
    right: "see console",
    toReveal: null,
    does: "the header of a plan, without its steps"
  }
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

/** For whoever reads the documentation. */
export const describe = (name: RouteName): string => {
  const { does, right, toReveal }: Route = routes[name]
  const asks =
    right === null
      ? "Open."
      : `Needs the right \`${right}\`${toReveal === null ? "" : `, to reveal also \`${toReveal}\``}.`
  return `${does.replace(/^./, (letter) => letter.toUpperCase())}. ${asks}`
}
