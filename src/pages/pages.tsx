import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { Session } from "./api.ts"
import { Loading, TroubleState } from "./parts/states.tsx"
import { type Place, usePlace } from "./router.ts"
import { pagesOf, Shell } from "./shell.tsx"

/** Properties of every page: the session, and the words of the address behind the page's own name. */
export interface PageProps {
  readonly session: Session
  readonly rest: Place
  /** Id of the course offering, for pages of a course; else empty. */
  readonly course: string
}

type Page = ComponentType<PageProps>

/** Each page is loaded when somebody goes there. */
const administration: Readonly<Record<string, () => Promise<Page>>> = {
  dashboard: async () => (await import("./admin/dashboard.tsx")).Dashboard,
  plans: async () => (await import("./admin/plan.tsx")).Plan,
  audit: async () => (await import("./admin/audit.tsx")).Audit,
  configuration: async () => (await import("./admin/configuration.tsx")).Configuration,
  quarantine: async () => (await import("./admin/quarantine.tsx")).Quarantine,
  connections: async () => (await import("./admin/connections.tsx")).Connections,
  history: async () => (await import("./admin/history.tsx")).History,
  access: async () => (await import("./admin/access.tsx")).Access
}

const teaching: Readonly<Record<string, () => Promise<Page>>> = {
  grades: async () => (await import("./teacher/grades.tsx")).Grades,
  export: async () => (await import("./teacher/export.tsx")).Export,
  exports: async () => (await import("./teacher/exports.tsx")).Exports,
  cleanup: async () => (await import("./teacher/cleanup.tsx")).Cleanup
}

export const Pages = ({ session }: { readonly session: Session }) => {
  const place = usePlace()
  const own = session.course?.orgUnit ?? null
  const course = place[0] === "courses" ? (place[1] ?? null) : own
  // A launch may name a page without its course.
  const named = place[0] !== undefined && place[0] in teaching && own !== null ? ["courses", own, ...place] : place
  const at = named.length > 0 ? named : (pagesOf(session, course)[0]?.[1] ?? [])
  const [load, rest] =
    at[0] === "courses" ? [teaching[at[2] ?? ""], at.slice(3)] : [administration[at[0] ?? ""], at.slice(1)]
  const [loaded, setLoaded] = useState<{ readonly load: typeof load; readonly Page: Page | "failed" } | null>(null)
  // Pages loaded for another place are not shown in this one.
  const Page = loaded !== null && loaded.load === load ? loaded.Page : null
  useEffect(() => {
    let isCurrent = true
    // A newer build may have taken away what an open page would load: it begins anew then.
    void load?.()
      .catch(() => "failed" as const)
      .then((Page) => isCurrent && setLoaded({ load, Page }))
    return () => {
      isCurrent = false
    }
  }, [load])
  return (
    <Shell session={session} place={at} course={course}>
      {load === undefined ? (
        <TroubleState level="h1" trouble={{ kind: at.length === 0 ? "forbidden" : "missing" }} />
      ) : Page === null ? (
        <Loading />
      ) : Page === "failed" ? (
        <TroubleState level="h1" trouble={{ kind: "failed" }} again={() => location.reload()} />
      ) : (
        <Page session={session} rest={rest} course={at[0] === "courses" ? (at[1] ?? "") : ""} />
      )}
    </Shell>
  )
}
